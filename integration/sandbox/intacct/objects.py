"""Rows of the Intacct side: writing them, finding them, and who may see them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from integration.sandbox.books import Books, Row

SIDE = "intacct"
DAILY_RATE = "Intacct Daily Rate"
RATE_DAYS = 31

# The field by which other records name a record of this kind.
ID_FIELDS = {
    "APACCOUNTLABEL": "ACCOUNTLABEL",
    "APBILL": "RECORDNO",
    "APBILLITEM": "RECORDNO",
    "APPYMT": "RECORDNO",
    "APPYMTDETAIL": "RECORDNO",
    "APTERM": "NAME",
    "CHECKINGACCOUNT": "BANKACCOUNTID",
    "CLASS": "CLASSID",
    "CONTRACT": "CONTRACTID",
    "COSTTYPE": "COSTTYPEID",
    "CREDITCARD": "CARDID",
    "CUSTOMER": "CUSTOMERID",
    "DEPARTMENT": "DEPARTMENTID",
    "EMPLOYEE": "EMPLOYEEID",
    "EXCHANGERATETYPES": "NAME",
    "GLACCOUNT": "ACCOUNTNO",
    "GLBATCH": "RECORDNO",
    "GLENTRY": "RECORDNO",
    "ITEM": "ITEMID",
    "JOURNAL": "SYMBOL",
    "LOCATION": "LOCATIONID",
    "LOCATIONENTITY": "LOCATIONID",
    "PROJECT": "PROJECTID",
    "REPORTINGPERIOD": "NAME",
    "SAVINGSACCOUNT": "BANKACCOUNTID",
    "TASK": "TASKID",
    "TAXDETAIL": "DETAILID",
    "TAXSOLUTION": "SOLUTIONID",
    "USERINFO": "LOGINID",
    "VENDOR": "VENDORID",
    "WAREHOUSE": "WAREHOUSEID",
}


def timestamp(moment: datetime) -> str:
    return moment.strftime("%m/%d/%Y %H:%M:%S")


def as_date(text: str) -> date:
    """Read mm/dd/yyyy, zero padding optional. Raises ValueError."""
    month, day, year = text.split("/")
    if not (len(year) == 4 and all(part.isascii() and part.isdigit() for part in (month, day, year))):
        raise ValueError(text)
    return date(int(year), int(month), int(day))


def as_text(day: date) -> str:
    return day.strftime("%m/%d/%Y")


def put_object(books: Books, kind: str, *, now: datetime | None = None, **fields: str) -> Row:
    """Write a record and return it. Without RECORDNO it is a new one; with it, the given fields are changed.

    A user-defined dimension's value is given by `name`; its `id` is its record number unless given.
    """
    row: Row = {**fields}
    row.setdefault("RECORDNO", "")
    if not row["RECORDNO"]:
        row["RECORDNO"] = str(books.next_number(f"RECORDNO {kind}"))
    row = {**(books.get(SIDE, kind, row["RECORDNO"]) or {}), **row}
    if "name" in row:
        row.setdefault("id", row["RECORDNO"])
    else:
        row.setdefault("MEGAENTITYID", "")
    if "WHENMODIFIED" not in fields:
        row["WHENMODIFIED"] = timestamp(now or datetime.now(UTC))
    books.put(SIDE, kind, row["RECORDNO"], row)
    return row


def change_object(books: Books, kind: str, identifier: str, *, now: datetime | None = None, **fields: str) -> Row:
    """Change fields of the record with this business ID. Raises KeyError if there is none."""
    row = find(books, kind, identifier)
    if row is None:
        raise KeyError(f"{kind} {identifier}")
    return put_object(books, kind, now=now, **{"RECORDNO": row["RECORDNO"], **fields})


def delete_object(books: Books, kind: str, identifier: str, *, now: datetime | None = None) -> None:
    """Delete the record with this business ID; only the audit history still knows of it. Raises KeyError if there is none."""
    row = find(books, kind, identifier)
    if row is None:
        raise KeyError(f"{kind} {identifier}")
    books.delete(SIDE, kind, row["RECORDNO"])
    number = str(books.next_number("RECORDNO AUDITHISTORY"))
    told = {"OBJECTTYPE": kind.lower(), "OBJECTKEY": row["RECORDNO"], "ACCESSMODE": "D", "ACCESSTIME": timestamp(now or datetime.now(UTC))}
    books.put(SIDE, "AUDITHISTORY", number, {"RECORDNO": number, **told})


def find(books: Books, kind: str, identifier: str) -> Row | None:
    """Return the record by its business ID; of a user-defined dimension by its integer `id`. Case counts."""
    field = ID_FIELDS.get(kind, "id")
    return next((row for row in books.all(SIDE, kind) if str(row.get(field, "")) == identifier), None)


def find_visible(books: Books, kind: str, identifier: str, entity: str) -> Row | None:
    """As `find`, unless the record is owned by another entity."""
    row = find(books, kind, identifier)
    return row if row is not None and row.get("MEGAENTITYID", "") in ("", entity) else None


def true(value: object) -> bool:
    return str(value).lower() in ("true", "t")


def entity_of_location(books: Books, location: str) -> str | None:
    """Return the entity that a location lies in, going up its parents; None if in none."""
    entities = {row["LOCATIONID"] for row in books.all(SIDE, "LOCATIONENTITY")}
    parents = {row["LOCATIONID"]: row.get("PARENTID", "") for row in books.all(SIDE, "LOCATION")}
    seen: set[str] = set()
    while location and location not in seen:
        if location in entities:
            return location
        seen.add(location)
        location = parents.get(location, "")
    return None


def first_open_day(books: Books, entity: str, module: str = "GL") -> date | None:
    """The first open day of a module in an entity: GL, AP or CM; None if nothing was ever closed.

    Payables and cash that were never closed by themselves have none of their own.
    """
    period = books.get(SIDE, "PERIOD", entity) or {}
    if period.get(f"{module}_OPEN_FROM"):
        return date.fromisoformat(period[f"{module}_OPEN_FROM"])
    if module != "GL":
        return None
    row = find(books, "LOCATIONENTITY", entity)
    return as_date(row["STARTOPEN"]) if row and row.get("STARTOPEN") else None


def set_first_open_day(books: Books, entity: str, day: date, module: str = "GL") -> None:
    """module: GL, AP (payables) or CM (cash); closing one leaves the others as they are."""
    period = books.get(SIDE, "PERIOD", entity) or {"LOCATIONID": entity}
    books.put(SIDE, "PERIOD", entity, {**period, f"{module}_OPEN_FROM": day.isoformat()})


def put_rate(books: Books, currency: str, base: str, day: date, rate: str) -> None:
    books.put(SIDE, "RATE", f"{currency},{base},{day.isoformat()}", {"rate": rate})


def exchange_rate(books: Books, currency: str, base: str, day: date) -> Decimal | None:
    """The rate of that day, or of the last day within a month before it that has one."""
    for back in range(RATE_DAYS + 1):
        row = books.get(SIDE, "RATE", f"{currency},{base},{(day - timedelta(days=back)).isoformat()}")
        if row:
            return Decimal(row["rate"])
    return None


def user_dimensions(books: Books) -> list[Row]:
    """Rows of getDimensions that the customer defined."""
    return [row for row in books.all(SIDE, "DIMENSION") if true(row.get("userDefinedDimension"))]
