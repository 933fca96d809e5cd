"""The fields of each object, as `lookup` shows them and `query` accepts them."""

from __future__ import annotations

from dataclasses import dataclass

from integration.sandbox.books import Books
from integration.sandbox.intacct.objects import SIDE, true, user_dimensions


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    datatype: str = "TEXT"
    labels: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class Relation:
    """`path` is what stands before the dot; `by` is the field here, `target` the one of `kind` it names."""

    path: str
    kind: str
    by: str
    target: str


def _field(text: str) -> Field:
    """NAME, NAME:TYPE, NAME={label|label}; `!` after the name means required."""
    name, _, rest = text.partition("=")
    labels = tuple(rest.strip("{}").split("|")) if rest else ()
    name, _, datatype = name.partition(":")
    return Field(name.rstrip("!"), "ENUM" if labels else datatype or "TEXT", labels, name.endswith("!"))


def _fields(text: str) -> tuple[Field, ...]:
    return tuple(_field(part.strip()) for part in text.split(","))


_STATUS = "STATUS={active|inactive}"
_POSTING_STATUS = "STATUS={active|active non-posting|inactive}"
_AUDIT = "WHENCREATED:TIMESTAMP, WHENMODIFIED:TIMESTAMP, MEGAENTITYKEY:INTEGER, MEGAENTITYID, MEGAENTITYNAME, RECORD_URL"
_RATE = "EXCH_RATE_DATE:DATE, EXCH_RATE_TYPE_ID, EXCHANGE_RATE:DECIMAL"
_ACCOUNT_FLAGS = ", ".join(
    f"REQUIRE{name}:BOOLEAN"
    for name in ("DEPT", "LOC", "PROJECT", "CUSTOMER", "VENDOR", "EMPLOYEE", "ITEM", "CLASS", "TASK", "CONTRACT", "WAREHOUSE")
)

# Line element -> object, for the dimensions that Intacct brings along.
STANDARD_DIMENSIONS = {
    "DEPARTMENT": "DEPARTMENT",
    "LOCATION": "LOCATION",
    "PROJECTID": "PROJECT",
    "TASKID": "TASK",
    "COSTTYPEID": "COSTTYPE",
    "CUSTOMERID": "CUSTOMER",
    "VENDORID": "VENDOR",
    "EMPLOYEEID": "EMPLOYEE",
    "ITEMID": "ITEM",
    "CLASSID": "CLASS",
    "CONTRACTID": "CONTRACT",
    "WAREHOUSEID": "WAREHOUSE",
}

_AP_STATES = "{Draft|Partially Approved|Submitted|Declined|No Value|Posted|Paid|Partially Paid|Selected|Reversed|Reversal|Analyzing}"
_PAYMENT_STATES = "{Draft|Partially Approved|Submitted|Voided|Confirmed|Approved|Declined|Delivered|Print Voided|Quick Delivery}"
_GL_STATES = "{Draft|Submitted|Partially Approved|Approved|Posted|Declined|Reversal pending|Reversed}"

_CATALOGUE = {
    "LOCATIONENTITY": f"RECORDNO:INTEGER, LOCATIONID!, NAME!, {_STATUS}, CURRENCY, OPCOUNTRY, TAXSOLUTIONID, PARTIALEXEMPT:BOOLEAN,"
    " ACCOUNTINGTYPE={Entity|Fund}, STARTOPEN:DATE, FIRSTMONTH, WHENCREATED:TIMESTAMP, WHENMODIFIED:TIMESTAMP",
    "LOCATION": f"RECORDNO:INTEGER, LOCATIONID!, NAME!, PARENTID, {_POSTING_STATUS}, CURRENCY, LOCATIONTYPE={{E|N|C}}, ENTITY, {_AUDIT}",
    "DEPARTMENT": f"RECORDNO:INTEGER, DEPARTMENTID!, TITLE!, PARENTID, {_POSTING_STATUS}, {_AUDIT}",
    "USERINFO": "RECORDNO:INTEGER, LOGINID!, DESCRIPTION, ADMIN, STATUS={active|inactive|lockedout}",
    "CLASS": f"RECORDNO:INTEGER, CLASSID!, NAME!, PARENTID, {_POSTING_STATUS}, {_AUDIT}",
    "PROJECT": f"RECORDNO:INTEGER, PROJECTID!, NAME!, PROJECTCATEGORY!, PROJECTSTATUS, {_STATUS}, CUSTOMERID, PARENTID, DEPARTMENTID,"
    f" LOCATIONID, CLASSID, PREVENTEXPENSE:BOOLEAN, PREVENTAPPO:BOOLEAN, BILLABLEEXPDEFAULT:BOOLEAN, {_AUDIT}",
    "TASK": "RECORDNO:INTEGER, TASKID, NAME!, PROJECTID!, BILLABLE:BOOLEAN,"
    f" TASKSTATUS={{Not Started|Planned|In Progress|Completed|On Hold}}, {_AUDIT}",
    "COSTTYPE": f"RECORDNO:INTEGER, COSTTYPEID, NAME!, PROJECTID!, TASKID!, {_STATUS}, {_AUDIT}",
    "CUSTOMER": f"RECORDNO:INTEGER, CUSTOMERID!, NAME!, PARENTID, {_STATUS}, {_AUDIT}",
    "VENDOR": f"RECORDNO:INTEGER, VENDORID, NAME, {_STATUS}, ONHOLD:BOOLEAN, DONOTCUTCHECK:BOOLEAN, CURRENCY, TAXID, TERMNAME,"
    f" DISPLAYCONTACT.PRINTAS, DISPLAYCONTACT.CONTACTNAME, DISPLAYCONTACT.EMAIL1, {_AUDIT}",
    "EMPLOYEE": "RECORDNO:INTEGER, EMPLOYEEID!, PERSONALINFO.CONTACTNAME!, PERSONALINFO.PRINTAS, PERSONALINFO.EMAIL1,"
    f" {_STATUS}, LOCATIONID, DEPARTMENTID, CURRENCY, SUPERVISORID, {_AUDIT}",
    "ITEM": f"RECORDNO:INTEGER, ITEMID!, NAME!, {_STATUS}, ITEMTYPE!, PRODUCTLINEID, GLGROUP, {_AUDIT}",
    "WAREHOUSE": f"RECORDNO:INTEGER, WAREHOUSEID!, NAME!, {_STATUS}, LOC.LOCATIONID, {_AUDIT}",
    "CONTRACT": f"RECORDNO:INTEGER, CONTRACTID!, NAME!, CUSTOMERID!, STATE, {_STATUS}, {_AUDIT}",
    "GLACCOUNT": "RECORDNO:INTEGER, ACCOUNTNO!, TITLE!, ACCOUNTTYPE={balancesheet|incomestatement}, NORMALBALANCE={debit|credit},"
    f" CLOSINGTYPE={{non-closing account|closing account|closed to account}}, {_STATUS}, CATEGORY, TAXABLE:BOOLEAN,"
    f" ALTERNATIVEACCOUNT={{None|Payables account|Receivables account}}, SUBLEDGERCONTROLON:BOOLEAN, {_ACCOUNT_FLAGS}, {_AUDIT}",
    "JOURNAL": f"RECORDNO:INTEGER, SYMBOL!, TITLE!, {_STATUS}, {_AUDIT}",
    "GLBATCH": f"RECORDNO:INTEGER, BATCHNO:INTEGER, BATCH_TITLE!, JOURNAL!, BATCH_DATE!:DATE, MODULE, STATE={_GL_STATES}, REFERENCENO,"
    " REVERSED, REVERSEDKEY:INTEGER, REVERSEDFROM:DATE, BASELOCATION_NO, TAXIMPLICATIONS={None|Inbound|Outbound}, VATVENDORID,"
    f" VATCUSTOMERID, VATCONTACTID, TAXSOLUTIONID, SUPDOCID, {_AUDIT}",
    "GLENTRY": "RECORDNO:INTEGER, BATCHNO:INTEGER, LINE_NO:INTEGER, TR_TYPE:INTEGER, ENTRY_DATE:DATE, AMOUNT:CURRENCY,"
    f" TRX_AMOUNT:CURRENCY, ACCOUNTNO, DEPARTMENT, LOCATION, DOCUMENT, DESCRIPTION, CURRENCY, BASECURR, {_RATE},"
    f" ALLOCATION, BILLABLE:BOOLEAN, STATE={_GL_STATES}, {_AUDIT}",
    "REPORTINGPERIOD": f"RECORDNO:INTEGER, NAME!, HEADER1!, START_DATE!:DATE, END_DATE!:DATE, BUDGETING:BOOLEAN, {_STATUS}",
    "APBILL": f"RECORDNO:INTEGER, RECORDID, VENDORID!, VENDORNAME, WHENCREATED!:DATE, WHENPOSTED:DATE, WHENDUE!:DATE, WHENPAID:DATE,"
    f" AUWHENCREATED:TIMESTAMP, WHENMODIFIED:TIMESTAMP, STATE={_AP_STATES}, RAWSTATE, DOCNUMBER, DESCRIPTION, TERMNAME,"
    f" PAYMENTPRIORITY={{urgent|high|normal|low}}, ONHOLD:BOOLEAN, BASECURR!, CURRENCY!, {_RATE}, TOTALENTERED:CURRENCY,"
    " TRX_TOTALENTERED:CURRENCY, TOTALPAID:CURRENCY, TRX_TOTALPAID:CURRENCY, TOTALDUE:CURRENCY, TRX_TOTALDUE:CURRENCY, PRBATCH,"
    " INCLUSIVETAX:BOOLEAN, TAXSOLUTIONID, SUPDOCID, MEGAENTITYID, RECORD_URL",
    "APBILLITEM": "RECORDNO:INTEGER, RECORDKEY:INTEGER, LINE_NO:INTEGER, ACCOUNTNO, ACCOUNTLABEL, TRX_AMOUNT!:CURRENCY, AMOUNT:CURRENCY,"
    " ENTRYDESCRIPTION, LOCATIONID, DEPARTMENTID, BILLABLE:BOOLEAN, ALLOCATION, PARTIALEXEMPT:BOOLEAN, FORM1099, PARENTENTRY:INTEGER,"
    " SUBTOTAL, PARENTTAXENTRY:INTEGER, DETAILID, WHENMODIFIED:TIMESTAMP",
    "APPYMT": f"RECORDNO:INTEGER, RECORDID, FINANCIALENTITY, STATE={_PAYMENT_STATES}, PAYMENTMETHOD!, VENDORID!, WHENCREATED!:DATE,"
    f" WHENPAID:DATE, DOCNUMBER, DESCRIPTION, CURRENCY!, BASECURR!, {_RATE}, TRX_TOTALENTERED:CURRENCY, TOTALENTERED:CURRENCY,"
    " TRX_TOTALPAID:CURRENCY, TRX_TOTALDUE:CURRENCY, PAYMENTREQUESTMETHOD={vendorpref|bill|vendor|payto},"
    f" DISPLAYSTATE={_PAYMENT_STATES}, WHENMODIFIED:TIMESTAMP, MEGAENTITYID, RECORD_URL",
    "APPYMTDETAIL": "RECORDNO:INTEGER, RECORDKEY:INTEGER, ENTRYKEY:INTEGER, PAYMENTKEY:INTEGER, PAYMENTDATE:DATE,"
    " TRX_PAYMENTAMOUNT:CURRENCY, PAYMENTAMOUNT:CURRENCY, DISCOUNTDATE:DATE, ADJUSTMENTKEY:INTEGER, ADVANCEKEY:INTEGER,"
    " INLINEKEY:INTEGER, POSADJKEY:INTEGER, CURRENCY!",
    "APTERM": f"RECORDNO:INTEGER, NAME!, {_STATUS}",
    "APACCOUNTLABEL": f"RECORDNO:INTEGER, ACCOUNTLABEL!, DESCRIPTION, GLACCOUNTNO, {_STATUS}",
    "CHECKINGACCOUNT": "RECORDNO:INTEGER, BANKACCOUNTID!, BANKNAME!, BANKACCOUNTNO, BANKACCOUNTTYPE, GLACCOUNTNO, CURRENCY,"
    f" {_STATUS}, LOCATIONID, DEPARTMENTID, {_AUDIT}",
    "SAVINGSACCOUNT": "RECORDNO:INTEGER, BANKACCOUNTID!, BANKNAME!, BANKACCOUNTNO, BANKACCOUNTTYPE, GLACCOUNTNO, CURRENCY,"
    f" {_STATUS}, LOCATIONID, DEPARTMENTID, {_AUDIT}",
    "CREDITCARD": f"RECORDNO:INTEGER, CARDID!, DESCRIPTION, CARDTYPE!, LIABILITYTYPE!={{Credit|Debit}}, {_STATUS}, VENDORID,"
    " LOCATION, DEPT",
    "TAXSOLUTION": "RECORDNO:INTEGER, SOLUTIONID!, DESCRIPTION, TYPE={Standard|Custom},"
    " TAXMETHOD={Advanced tax|VAT or GST|Avalara|None|Simple tax}, STATUS={Active|Inactive|Not configured}, STARTDATE:DATE,"
    f" SHOWMULTILINETAX:BOOLEAN, GLACCOUNTPURCHASE, GLACCOUNTSALE, {_AUDIT}",
    "TAXDETAIL": "RECORDNO:INTEGER, DETAILID!, DESCRIPTION, TAXTYPE={Sale|Purchase}, VALUE:DECIMAL, TAXRATE, TAXSOLUTIONID,"
    f" {_STATUS}, REVERSECHARGE:BOOLEAN, GLACCOUNT, TAXUID, {_AUDIT}",
    # The reference verifies only TAXTYPE and STATE of a tax record; the other names are the sandbox's own.
    "TAXRECORD": "RECORDNO:INTEGER, TAXTYPE={Input Tax|Output Tax}, STATE={Submitted|Posted|Locked|Ignored|Filed}, DETAILID,"
    f" TAXSOLUTIONID, TRX_TAX:CURRENCY, TAX:CURRENCY, TRX_AMOUNT:CURRENCY, AMOUNT:CURRENCY, GLBATCHKEY:INTEGER, RECORDKEY:INTEGER,"
    f" ENTRY_DATE:DATE, {_AUDIT}",
    # How OBJECTTYPE is written is not in the reference: small letters are the sandbox's own.
    "AUDITHISTORY": "RECORDNO:INTEGER, OBJECTTYPE, OBJECTKEY, ACCESSTIME:TIMESTAMP, ACCESSMODE",
    "EXCHANGERATETYPES": "RECORDNO:INTEGER, ID, NAME!, ISDEFAULT:BOOLEAN",
}

FIELDS = {kind: _fields(text) for kind, text in _CATALOGUE.items()}

_LINE_RELATIONS = (Relation("GLACCOUNT", "GLACCOUNT", "ACCOUNTNO", "ACCOUNTNO"),)
RELATIONS: dict[str, tuple[Relation, ...]] = {
    "GLBATCH": (Relation("JOURNAL", "JOURNAL", "JOURNAL", "SYMBOL"),),
    "GLENTRY": _LINE_RELATIONS,
    "APBILL": (Relation("VENDOR", "VENDOR", "VENDORID", "VENDORID"),),
    "APBILLITEM": _LINE_RELATIONS,
    "PROJECT": (Relation("CUSTOMER", "CUSTOMER", "CUSTOMERID", "CUSTOMERID"),),
    "CHECKINGACCOUNT": (Relation("GLACCOUNT", "GLACCOUNT", "GLACCOUNTNO", "ACCOUNTNO"),),
}


def enabled_dimensions(books: Books) -> dict[str, str]:
    """Line elements (of journal lines) that this company has -> object. LOCATION and DEPARTMENT are always there."""
    rows = books.all(SIDE, "DIMENSION")
    off = {row["objectName"] for row in rows if not true(row.get("enabledInGL", "true"))}
    listed = {row["objectName"] for row in rows}
    standard = {
        element: kind
        for element, kind in STANDARD_DIMENSIONS.items()
        if element in ("LOCATION", "DEPARTMENT") or (kind not in off and (not listed or kind in listed))
    }
    own = {row["FIELD"]: row["objectName"] for row in user_dimensions(books) if row["objectName"] not in off}
    return {**standard, **own}


def fields_of(books: Books, kind: str) -> dict[str, Field] | None:
    """Every field of an object in this company; None if there is no such object.

    Besides the catalogue these are the fields that its records carry (custom fields). Names that begin with an
    underscore are the sandbox's own notes and never shown. Custom objects have no RECORDNO to read.
    """
    hidden = {"RECORDNO", "WHENMODIFIED", "MEGAENTITYID"}  # not every object has them, though every row does
    if kind in {row["objectName"] for row in user_dimensions(books)}:
        found = {name: Field(name, "INTEGER" if name == "id" else "TEXT") for name in ("id", "name")}
    elif kind in FIELDS:
        found = {field.name: field for field in FIELDS[kind]}
    else:
        return None
    if kind in ("GLENTRY", "APBILLITEM"):
        for element in enabled_dimensions(books):
            if kind == "APBILLITEM" and element in ("LOCATION", "DEPARTMENT"):
                continue
            found.setdefault(element, Field(element, "INTEGER" if element.startswith("GLDIM") else "TEXT"))
    for row in books.first(SIDE, kind, 50):
        for name in row:
            if not name.startswith("_") and name not in hidden:
                found.setdefault(name, Field(name))
    return found
