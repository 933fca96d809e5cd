"""Accounting entries: what the export queue holds, and how an item looks when it is fetched."""

from __future__ import annotations

import copy
import hashlib
import hmac
import secrets
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from integration.sandbox import receipts
from integration.sandbox.books import Books
from integration.sandbox.pleo.call import SIDE, Call
from integration.sandbox.pleo.shapes import Refusal

Row = dict[str, Any]

# The types that move a Pleo balance and therefore carry its contra account.
HAS_CONTRA_ACCOUNT = frozenset(
    {
        "card_purchase",
        "card_invoice",
        "fee",
        "invoice_payment",
        "refund",
        "chargeback",
        "cashback",
        "direct_reimbursement",
        "atm_withdrawal",
        "personal_spend",
        "wallet_topup",
        "wallet_unload",
    }
)


def add_entry(books: Books, company_id: str, offered: Mapping[str, Any], files: Sequence[str] = ()) -> str:
    """Put an entry into the export queue and return its id.

    offered: an ExportItemV3 without files and contraAccount; those are added here and at each fetch. A missing
    accountingEntryId is made up. files: extensions of its receipts, e.g. ("pdf", "jpg").
    """
    item: Row = copy.deepcopy(dict(offered))
    entry_id: str = item.setdefault("accountingEntryId", str(uuid.uuid4()))
    item["companyId"] = company_id
    if "contraAccount" not in item and item["type"] in HAS_CONTRA_ACCOUNT:
        item["contraAccount"] = contra_account(books, company_id, item)
    books.put(
        SIDE,
        "entry",
        entry_id,
        {
            "id": entry_id,
            "companyId": company_id,
            "item": item,
            "files": add_files(books, item, files),
            "exported": False,
            "openJob": "",
        },
    )
    return entry_id


def add_files(books: Books, item: Mapping[str, Any], extensions: Sequence[str], series: str = "") -> list[str]:
    """Give the entry of `item` receipts and return their ids. series: keeps later files apart from the first ones."""
    file_ids = []
    for index, extension in enumerate(extensions):
        file_id = str(uuid.uuid5(uuid.UUID(item["accountingEntryId"]), f"file {series}{index}"))
        receipt = receipts.Receipt.of(item, extension, f"{series}{index + 1}/{len(extensions)}")
        books.put(SIDE, "file", file_id, {"companyId": item["companyId"], "receipt": receipt.as_row()})
        file_ids.append(file_id)
    return file_ids


def contra_account(books: Books, company_id: str, item: Mapping[str, Any]) -> Row | None:
    """The company's account for the wallet currency of `item`, None where nobody mapped one."""
    company = books.get(SIDE, "company", company_id) or {}
    currency = item["amount"]["inWalletCurrency"]["currency"]
    found: Row | None = company.get("contraAccounts", {}).get(currency)
    return found


def rendered(call: Call, entry: Row, *, vendor_based: bool) -> Row:
    """The item as `GET /v3/export-items` gives it, its receipt links signed anew."""
    item: Row = copy.deepcopy(entry["item"])
    if not vendor_based:
        item.pop("vendor", None)
        item.pop("bookkeeping", None)
    item["files"] = [_file(call, file_id) for file_id in entry["files"]]
    item["_links"] = {"web": {"exportItem": f"https://app.pleo.io/expenses/{entry['id']}"}}
    return item


def require_contra_accounts(call: Call, company_id: str, entries: Sequence[Row]) -> None:
    """Raises Refusal (400) where a wallet currency of the entries has no account mapped in Pleo."""
    for entry in entries:
        item = entry["item"]
        if item["type"] in HAS_CONTRA_ACCOUNT and contra_account(call.books, company_id, item) is None:
            message = "Contra accounts are not fully configured. Please map contra accounts in the Accounting settings."
            call.refuse("contra_accounts", message)


def _file(call: Call, file_id: str) -> Row:
    row = call.books.get(SIDE, "file", file_id)
    assert row is not None
    receipt = receipts.Receipt.from_row(row["receipt"])
    if "size" not in row:
        row["size"] = len(receipts.content(file_id, receipt))
        call.books.put(SIDE, "file", file_id, row)
    path = f"/files/{row['companyId']}/{file_id}.{receipt.extension}"
    expires = str(int((call.now + timedelta(seconds=call.settings.link_seconds)).timestamp()))
    nonce = secrets.token_hex(4)
    signature = nonce + _signature(call.books, path, expires, nonce)
    url = f"{call.base_url.rstrip('/')}{quote(path)}?expires={expires}&signature={signature}"
    return {"url": url, "type": receipt.content_type, "size": row["size"]}


def file_content(
    books: Books, path: str, query: Mapping[str, tuple[str, ...]], headers: Mapping[str, str], now: datetime
) -> tuple[bytes, str]:
    """Return (bytes, content type) of a receipt.

    Raises Refusal: 400 when credentials are sent to the file host, 403 for a link that is expired or forged.
    """
    if "authorization" in headers:
        raise Refusal(400, "UNEXPECTED_CREDENTIALS", "The file host wants no credentials; never send it the API key")
    if set(query) != {"expires", "signature"} or any(len(values) != 1 for values in query.values()):
        raise Refusal(403, "ACCESS_DENIED", "This link is not signed")
    (expires,), (signature,) = query["expires"], query["signature"]
    nonce, rest = signature[:8], signature[8:]
    if not hmac.compare_digest(rest.encode(), _signature(books, path, expires, nonce).encode()):
        raise Refusal(403, "ACCESS_DENIED", "The signature of this link is wrong")
    if now.timestamp() >= int(expires):
        raise Refusal(403, "ACCESS_DENIED", "This link has expired")
    file_id = path.rsplit("/", 1)[-1].partition(".")[0]
    row = books.get(SIDE, "file", file_id)
    if row is None:
        raise Refusal(404, "NOT_FOUND", "There is no such file")
    receipt = receipts.Receipt.from_row(row["receipt"])
    return receipts.content(file_id, receipt), receipt.content_type


def _signature(books: Books, path: str, expires: str, nonce: str) -> str:
    row = books.get(SIDE, "setting", "file secret")
    if row is None:
        row = {"value": secrets.token_hex(32)}
        books.put(SIDE, "setting", "file secret", row)
    return hmac.new(row["value"].encode(), f"{path} {expires} {nonce}".encode(), hashlib.sha256).hexdigest()[:40]
