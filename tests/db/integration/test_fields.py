from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from django.core import serializers
from django.core.exceptions import FieldError
from django.db import connection as database
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Upper
from encrypted_model_fields import fields as library

from integration.fields import WrongEncryptionKey
from integration.models import Connection, IntacctCredentials

pytestmark = pytest.mark.django_db

CANARY = "canary-Pässwörd-✓"


@pytest.fixture
def credentials():
    connection = Connection.objects.create(name="Acme", company_id="ACME")
    return IntacctCredentials.objects.create(connection=connection, user_id="ws", user_password=CANARY)


def stored():
    with database.cursor() as cursor:
        cursor.execute("SELECT user_password, sender_password FROM integration_intacctcredentials")
        return cursor.fetchone()


class TestSecretField:
    def test_gives_back_what_was_saved(self, credentials):
        assert IntacctCredentials.objects.get().user_password == CANARY

    def test_keeps_nothing_readable(self, credentials):
        text, _ = stored()

        assert text
        assert "canary" not in text

    def test_keeps_the_same_text_differently_each_time(self, credentials):
        before = stored()
        credentials.save()

        assert stored() != before

    def test_keeps_an_empty_text_empty(self, credentials):
        assert stored()[1] == ""
        assert IntacctCredentials.objects.get().sender_password == ""

    def test_raises_where_the_key_is_another(self, credentials, monkeypatch):
        monkeypatch.setattr(library, "CRYPTER", Fernet(Fernet.generate_key()))

        with pytest.raises(WrongEncryptionKey, match="FIELD_ENCRYPTION_KEY"):
            IntacctCredentials.objects.get()

    @pytest.mark.parametrize("text", ["gAAAAAB-damaged", "plain text from before"])
    def test_raises_for_what_is_not_encrypted(self, credentials, text):
        with database.cursor() as cursor:
            cursor.execute("UPDATE integration_intacctcredentials SET user_password = %s", [text])

        with pytest.raises(WrongEncryptionKey):
            IntacctCredentials.objects.get()

    def test_says_nothing_of_the_secret_when_it_raises(self, credentials, monkeypatch):
        monkeypatch.setattr(library, "CRYPTER", Fernet(Fernet.generate_key()))

        with pytest.raises(WrongEncryptionKey) as raised:
            IntacctCredentials.objects.get()

        assert "canary" not in str(raised.value)
        assert stored()[0] not in str(raised.value)

    def test_can_be_updated(self, credentials):
        IntacctCredentials.objects.update(user_password="another")

        assert IntacctCredentials.objects.get().user_password == "another"
        assert "another" not in stored()[0]

    @pytest.mark.parametrize("lookup", ["exact", "iexact", "contains", "startswith", "in", "gt", "regex"])
    def test_refuses_to_be_searched(self, credentials, lookup):
        value = [CANARY] if lookup == "in" else CANARY

        with pytest.raises(FieldError):
            list(IntacctCredentials.objects.filter(**{f"user_password__{lookup}": value}))

    def test_can_be_asked_whether_it_is_there(self, credentials):
        assert not IntacctCredentials.objects.filter(user_password__isnull=True).exists()

    @pytest.mark.parametrize("expression", [F("user_id"), Value("x"), Upper("user_id")])
    def test_refuses_to_be_computed_by_the_database(self, credentials, expression):
        with pytest.raises(FieldError):
            IntacctCredentials.objects.update(user_password=expression)

    def test_refuses_bulk_update(self, credentials):
        credentials.user_password = "another"

        with pytest.raises(FieldError), transaction.atomic():
            IntacctCredentials.objects.bulk_update([credentials], ["user_password"])

        assert IntacctCredentials.objects.get().user_password == CANARY

    @pytest.mark.parametrize("form", ["json", "xml", "python", "jsonl"])
    def test_gives_nothing_to_a_dump(self, credentials, form):
        dump = str(serializers.serialize(form, IntacctCredentials.objects.all()))

        assert "canary" not in dump
        assert stored()[0] not in dump

    def test_is_not_loaded_with_its_connection(self, credentials, django_assert_num_queries):
        with django_assert_num_queries(1) as queries:
            list(Connection.objects.all())

        assert "password" not in queries[0]["sql"]

    def test_stands_in_no_representation(self, credentials):
        assert "canary" not in f"{credentials!r} {credentials}"
