"""Roles: who has which permission, and that making them again changes nothing."""

from __future__ import annotations

from django.contrib.auth.models import Group

from config.roles import ensure_roles


def permissions(role):
    return set(Group.objects.get(name=role).permissions.values_list("codename", flat=True))


class TestEnsureRoles:
    def test_makes_three_that_hold_each_other(self, db):
        ensure_roles()

        assert permissions("viewer") < permissions("operator") < permissions("administrator")
        assert permissions("operator") - permissions("viewer") == {"operate_connection", "operate_exportrecord"}

    def test_lets_viewers_only_view_and_never_credentials(self, db):
        ensure_roles()

        assert all(name.startswith("view_") for name in permissions("viewer"))
        assert not [name for name in permissions("administrator") if "credentials" in name]

    def test_twice_changes_nothing_and_mends_what_was_changed(self, db):
        first = ensure_roles()
        Group.objects.get(name="viewer").permissions.clear()

        assert ensure_roles() == first
