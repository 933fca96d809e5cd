"""The Pleo side of the demo world: two companies, their people, what was published before, and the entries."""

from __future__ import annotations

from datetime import datetime, timedelta

from integration.sandbox.books import Books
from integration.sandbox.pleo.call import SIDE, stamp
from integration.sandbox.pleo.entries import add_entry
from integration.sandbox.pleo.jobs import make_job
from integration.sandbox.pleo.service import register_key
from integration.sandbox.world.build import Entry, build_item
from integration.sandbox.world.names import ALL_COMPANIES, ALL_STAFF, IE, ORGANISATION_ID, PEOPLE, TAXES, Company, fixed_id

# Groups that stand in Pleo before the first publishing: an outdated name, a value that is gone, several missing ones,
# and a group made by hand, which nobody but its maker may touch.
_EARLIER_TAGS = {
    "DEPARTMENT": ("Department", {"100": "Sales", "200": "Development", "800": "Long gone"}),
    "PROJECT": ("Project", {"P-100": "Website"}),
    "REGION": ("Region (made by hand)", {"N": "North", "S": "South"}),
}
_EARLIER_TAXES = ("goods", "zero")


def fill_pleo(books: Books, now: datetime, entries: dict[str, tuple[Entry, ...]], *, with_jobs: bool) -> None:
    """entries: by prefix of the company; only these companies come into being.

    A job is based on vendors where one of its entries names a bookkeeping method other than journal.
    """
    for company in (*ALL_COMPANIES, IE):
        if company.prefix not in entries:
            continue
        put_company(books, company)
        _published(books, company, now)
        for number in sorted({entry.job for entry in entries[company.prefix]}):
            offered = [entry for entry in entries[company.prefix] if entry.job == number]
            for entry in offered:
                add_entry(books, company.id, build_item(entry, company, now), tuple(entry.files.split()))
            if with_jobs:
                vendor_based = any(entry.method != "journal" for entry in offered)
                # A second apart, in their order: the integration takes the oldest first.
                at = now - timedelta(seconds=30 - number)
                make_job(books, company.id, [entry.id for entry in offered], now=at, vendor_based=vendor_based)


def put_company(books: Books, company: Company) -> None:
    contra = {
        currency: {
            "id": fixed_id(f"contra {company.prefix} {currency}"),
            "name": f"Pleo {currency} account",
            "code": code,
        }
        for currency, code in company.contra.items()
    }
    row = {
        "id": company.id,
        "name": company.name,
        "organizationId": ORGANISATION_ID,
        "registrationNumber": company.registration,
        "address": {"addressLine1": "1 Station Road", "country": company.country},
        "contraAccounts": contra,
    }
    books.put(SIDE, "company", company.id, row)
    register_key(books, company.api_key, company.id)
    for who in ALL_STAFF[company.prefix]:
        person = PEOPLE[who]
        employee = {
            "id": person.id,
            "companyId": company.id,
            "email": f"{who}@acme.example",
            "firstName": person.first,
            "lastName": person.last,
        }
        if person.code:
            employee["code"] = person.code
        books.put(SIDE, "employee", person.id, employee)


def _published(books: Books, company: Company, now: datetime) -> None:
    times = {"createdAt": stamp(now), "updatedAt": stamp(now)}
    for code, (name, tags) in _EARLIER_TAGS.items():
        group_id = fixed_id(f"tag group {company.prefix} {code}")
        group = {"id": group_id, "companyId": company.id, "code": code, "name": name, "archived": False, "metadata": {}}
        books.put(SIDE, "tag group", group_id, group | times)
        for tag_code, tag_name in tags.items():
            tag_id = fixed_id(f"tag {company.prefix} {code} {tag_code}")
            tag = {"id": tag_id, "groupId": group_id, "code": tag_code, "name": tag_name, "archived": False} | times
            books.put(SIDE, f"tag {group_id}", tag_id, tag)
            books.put(SIDE, f"tag code {group_id}", tag_code.lower(), {"id": tag_id})
            books.put(SIDE, "group of tag", tag_id, {"groupId": group_id})
    if company.prefix not in ("US", "IE"):
        for short in _EARLIER_TAXES:
            detail, percent, kind = TAXES[short]
            tax_id = fixed_id(f"tax code {detail}" if company.prefix == "UK" else f"tax code {company.prefix} {detail}")
            row: dict[str, object] = {"id": tax_id, "companyId": company.id, "code": detail, "name": detail}
            row |= {"rate": percent / 100, "type": kind, "archived": False} | times
            books.put(SIDE, "tax code", tax_id, row)
