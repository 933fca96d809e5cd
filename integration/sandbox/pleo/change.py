"""How a person in Pleo's app changes an entry. Amounts stay whole minor units."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from integration.sandbox.books import Books
from integration.sandbox.pleo import entries
from integration.sandbox.pleo.call import SIDE

Row = dict[str, Any]


_FIELDS = frozenset(
    {
        "accountingEntryLines",
        "additionalInformation",
        "bookkeeping",
        "contraAccount",
        "date",
        "note",
        "servicePeriod",
        "subType",
        "supplier",
        "team",
        "type",
        "user",
        "vendor",
    }
)


def change_entry(books: Books, entry: Row, line: int, changes: Mapping[str, Any]) -> None:
    """Raises ValueError for a name that is neither a field of an item nor one of the short names below."""
    item = entry["item"]
    changed_line = item["accountingEntryLines"][line - 1]
    special: dict[str, Callable[[Any], None]] = {
        "amount": lambda value: _set_amount(item, changed_line, value),
        "account": lambda value: _set_account(changed_line, value),
        "tags": lambda value: _set_tags(changed_line, value),
        "tax": lambda value: changed_line.__setitem__("tax", value),
        "files": lambda value: _set_files(books, entry, value),
    }
    for name, value in changes.items():
        if name in special:
            special[name](value)
        elif name in _FIELDS:
            item[name] = value
        else:
            raise ValueError(f"{name} is no field of an export item")
    books.put(SIDE, "entry", entry["id"], entry)


def _set_amount(item: Row, line: Row, gross: int) -> None:
    before = line["lineAmount"]["inWalletCurrency"]["value"]
    for side in ("inWalletCurrency", "inSupplierCurrency"):
        old = line["lineAmount"][side]["value"]
        new = gross if side == "inWalletCurrency" or not before else _whole(Decimal(old) * gross / before)
        line["lineAmount"][side]["value"] = new
        item["amount"][side]["value"] += new - old
        tax = line.get("tax")
        amount = 0
        if tax is not None and tax["type"] == "inclusive":
            rate = Decimal(str(tax["rate"]))
            amount = tax["amount"][side]["value"] = _whole(new * rate / (1 + rate))
        line["netAmount"][side]["value"] = new - amount


def _whole(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def _set_account(line: Row, code: str | None) -> None:
    if code is None:
        line["account"] = None
    else:
        line["account"] = {"id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"account {code}")), "name": code, "code": code}


def _set_tags(line: Row, tags: Mapping[str, str | None]) -> None:
    kept = [tag for tag in line.get("tags") or [] if tag["groupCode"] not in tags]
    for group, code in tags.items():
        if code is not None:
            tag_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"tag {group} {code}"))
            kept.append({"id": tag_id, "groupCode": group, "code": code})
    line["tags"] = kept


def _set_files(books: Books, entry: Row, extensions: list[str] | tuple[str, ...]) -> None:
    series = f"{books.next_number('pleo file series')}-"
    entry["files"] = entries.add_files(books, entry["item"], extensions, series)
