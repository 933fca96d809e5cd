"""Who made an account, or set its password, is written down where it is done."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from integration.models import AccountChange

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough password 47"


def changes() -> list[tuple[str, str, str]]:
    return list(AccountChange.objects.values_list("by_name", "what", "account_name"))


@pytest.fixture
def boss(client):
    user = User.objects.create_superuser("boss", password=PASSWORD)
    client.force_login(user)
    return user


class TestPeople:
    def test_that_are_made_here_are_accounts_of_who_made_them(self, client, boss):
        client.post(
            reverse("admin:auth_user_add"), {"username": "ben", "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
        )

        assert changes() == [("boss", "MADE", "ben")]
        page = client.get(reverse("admin:auth_user_change", args=(User.objects.get(username="ben").pk,))).content.decode()
        assert "boss made the account on" in page

    def test_whose_password_somebody_sets_are_accounts_of_that_person_too(self, client, boss):
        ben = User.objects.create_user("ben", password="another one", is_staff=True)
        address = reverse("admin:auth_user_password_change", args=(ben.pk,))

        client.post(address, {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD})
        client.post(address, {"usable_password": "true", "password1": PASSWORD, "password2": "something else"})

        assert changes() == [("boss", "PASSWORD", "ben")]

    def test_who_set_their_own_password_are_nobodys(self, client, boss):
        client.post(
            reverse("admin:auth_user_password_change", args=(boss.pk,)),
            {"usable_password": "true", "password1": PASSWORD + "8", "password2": PASSWORD + "8"},
        )

        assert changes() == []
