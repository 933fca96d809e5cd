r"""The table of a configuration file's keys in docs/operations.md, made from the tables of settings in the code.

Print it: `. tests/environment; DJANGO_SETTINGS_MODULE=config.settings .venv/bin/python -m \
    tests.unit.integration.connecting.configuration_file.form`
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from integration.connecting.configuration_file.values import PLACES

HEAD = "| key | value | left out | what it is |\n| --- | --- | --- | --- |\n"
# The keys of a connection, by model and field. Required: those without which nothing can be signed in to.
CONNECTION = (
    ("name", "Connection", "name", True),
    ("intacct.company_id", "Connection", "company_id", True),
    ("intacct.user_id", "IntacctCredentials", "user_id", True),
    ("intacct.user_password", "IntacctCredentials", "user_password", False),
    ("intacct.sender_id", "IntacctCredentials", "sender_id", False),
    ("intacct.sender_password", "IntacctCredentials", "sender_password", False),
    ("intacct.endpoint", "Connection", "endpoint", False),
    ("intacct.attachment_folder", "Connection", "attachment_folder", False),
    ("pleo.base_url", "Connection", "pleo_base_url", False),
    ("confirmed_directions", "Connection", "confirmed_directions", False),
    ("second_person", "Connection", "second_person", False),
    ("second_person_above", "Connection", "second_person_above", False),
)
# Settings of an entity that have rows of their own.
ELSEWHERE = {
    "pleo_api_key": ("PleoCredentials", "api_key"),
    "balance_accounts": ("WalletAccount", "balance_account"),
    "card_bank_accounts": ("WalletAccount", "card_bank_account"),
    "invoice_bank_accounts": ("WalletAccount", "invoice_bank_account"),
}
SECRETS = ("user_password", "sender_password", "api_key")
KINDS = {
    "UUIDField": "an id", "BooleanField": "true or false", "DateField": "a date", "DecimalField": "an amount", "URLField": "an address",
}  # fmt: skip
SHAPES = {
    "account_labels": "account: label",
    "tax_code_pairs": "input code: output code",
    "team_defaults": "team: {dimension: value}",
    "confirmed_directions": "a list of [type, sub type, 1 or -1]",
}


def tables() -> str:
    """Return both tables as they stand in docs/operations.md."""
    connection = "".join(_row(path, _field(model, name), required) for path, model, name, required in CONNECTION)
    return (
        f"Of each of `connections`:\n\n{HEAD}{connection}| `entities` | a list | must be there | One for each Pleo company. |\n\n"
        f"Of each of `entities`:\n\n{HEAD}{''.join(_entity())}"
    )


def paths_of_connection() -> set[str]:
    return {path for path, *_ in CONNECTION}


def _entity() -> Iterator[str]:
    for place in PLACES:
        if place.field == "dimensions":
            yield f"| `{place.path}` | a list of names | none | Dimensions that expenses are tagged with, like DEPARTMENT. |\n"
        else:
            yield _row(place.path, _field(*ELSEWHERE.get(place.field, ("EntityConfiguration", place.field))), place.required)


def _field(model: str, name: str) -> Any:
    from integration import models

    return getattr(models, model)._meta.get_field(name)


def _row(path: str, field: Any, required: bool) -> str:
    meaning = " ".join(filter(None, (f"{str(field.verbose_name)[:1].upper()}{str(field.verbose_name)[1:]}.", str(field.help_text))))
    if field.choices:
        meaning += f" {'; '.join(f'`{value}`: {label}' for value, label in field.choices)}."
    return f"| `{path}` | {_value(field)} | {_left_out(field, required)} | {meaning} |\n"


def _value(field: Any) -> str:
    if field.choices:
        return " or ".join(f"`{value}`" for value, _ in field.choices)
    if field.model.__name__ == "WalletAccount":
        return "a code, or currency: code"
    return SHAPES.get(field.name) or KINDS.get(type(field).__name__, "a text")


def _left_out(field: Any, required: bool) -> str:
    if required:
        return "must be there"
    if field.name in (*SECRETS, "confirmed_directions"):
        return "what is stored stays"
    default = field.get_default()
    if default in ("", None) or default == {}:
        return "none"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


if __name__ == "__main__":
    import django

    django.setup()
    print(tables())
