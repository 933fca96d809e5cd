"""The other reading functions: lookup, getDimensions, getFinancialSetup, get_companyprefs."""

from __future__ import annotations

from lxml import etree

from integration.sandbox.intacct.answers import child, element, record
from integration.sandbox.intacct.fields import RELATIONS, fields_of
from integration.sandbox.intacct.objects import SIDE
from integration.sandbox.intacct.preferences import APPLICATIONS, multi_currency, preferences
from integration.sandbox.intacct.refusals import refuse
from integration.sandbox.intacct.sessions import Context


def lookup(node: etree._Element, context: Context) -> etree._Element:
    names = [str(each.tag) for each in node]
    kind = (node[0].text or "").strip() if names == ["object"] else ""
    known = fields_of(context.books, kind)
    if known is None:
        raise refuse("object_unknown", kind=kind)
    data = element("data", listtype="All", count=1)
    shown = child(data, "Type")
    shown.set("Name", kind)
    fields = child(shown, "Fields")
    for field in known.values():
        made = record("Field", [("ID", field.name), ("LABEL", field.name), ("DESCRIPTION", "")])
        child(made, "REQUIRED", "true" if field.required else "false")
        child(made, "READONLY", "true" if field.name in ("RECORDNO", "WHENMODIFIED") else "false")
        child(made, "DATATYPE", field.datatype)
        if field.labels:
            values = child(made, "VALIDVALUES")
            for label in field.labels:
                child(values, "VALIDVALUE", label)
        child(made, "ISCUSTOM", "true" if field.name.startswith("GLDIM") else "false")
        fields.append(made)
    relations = child(shown, "Relationships")
    for each in RELATIONS.get(kind, ()):
        relations.append(
            record(
                "Relationship",
                [("OBJECTPATH", each.path), ("OBJECTNAME", each.kind), ("LABEL", each.path),
                 ("RELATIONSHIPTYPE", "MANY2ONE"), ("RELATEDBY", each.by)],
            )
        )  # fmt: skip
    return data


def dimensions(node: etree._Element, context: Context) -> etree._Element:
    data = element("data", listtype="dimension")
    listed = child(data, "dimensions")
    for row in context.books.all(SIDE, "DIMENSION"):
        names = ("objectName", "objectLabel", "termLabel", "userDefinedDimension", "enabledInGL")
        shown = [(name, row.get(name, "")) for name in names]
        listed.append(record("dimension", [(name, _plain(value)) for name, value in shown]))
    return data


def financial_setup(node: etree._Element, context: Context) -> etree._Element:
    entities = context.books.all(SIDE, "LOCATIONENTITY")
    bases = {row.get("CURRENCY", "") for row in entities}
    data = element("data", listtype="financialSetup", count=1)
    data.append(
        record(
            "financialSetup",
            [
                ("baseCurrency", next(iter(bases)) if len(bases) == 1 else ""),
                ("multiBaseCurrency", _plain(len(bases) > 1)),
                ("multiCurrency", _plain(multi_currency(context.books))),
                ("multiEntityShared", _plain(bool(entities))),
                ("multiBook", "false"),
                ("defaultBook", "ACCRUAL"),
                ("firstFiscalMonth", "1"),
            ],
        )
    )
    return data


def company_preferences(node: etree._Element, context: Context) -> etree._Element:
    application = node.get("application", "")
    if application not in APPLICATIONS:
        raise refuse("application_unknown", value=application)
    chosen = [(application, name, value) for name, value in preferences(context.books, application).items()]
    data = element("data", listtype="companypref", count=len(chosen))
    for row in chosen:
        data.append(record("companypref", zip(("application", "preference", "prefvalue"), row, strict=True)))
    return data


def _plain(value: object) -> object:
    return ("true" if value else "false") if isinstance(value, bool) else value
