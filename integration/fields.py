"""The encrypted column: strict where the library is lenient."""

from __future__ import annotations

from typing import Any

from cryptography.fernet import InvalidToken
from django.core.exceptions import FieldError
from django.db import models
from encrypted_model_fields import fields as library


class WrongEncryptionKey(Exception):
    """A stored secret cannot be read with any key in FIELD_ENCRYPTION_KEY."""


class SecretField(library.EncryptedTextField):
    """Text encrypted at rest.

    Unlike the library's field it raises WrongEncryptionKey instead of handing out the cipher text, refuses every
    look-up but "is null" and "is empty", and gives nothing to dumps.
    """

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if value is None or value == "":
            return value
        try:
            return library.CRYPTER.decrypt(value.encode()).decode()
        except InvalidToken as error:
            raise WrongEncryptionKey(
                f"{self.model._meta.label}.{self.name} was encrypted with a key that is not in FIELD_ENCRYPTION_KEY."
            ) from error

    def to_python(self, value: Any) -> Any:
        return value  # a form or a fixture gives plain text; never try to decrypt it

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if hasattr(value, "resolve_expression"):
            raise FieldError(f"{self.name} is encrypted: it can only be saved as a plain value.")
        if value is None or value == "":
            return value
        return library.CRYPTER.encrypt(str(value).encode()).decode()

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        raise FieldError(f"{self.name} is encrypted: it cannot be searched.")

    def value_to_string(self, obj: models.Model) -> str:
        return ""
