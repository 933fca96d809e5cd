"""Whom a bill is of, and whom the VAT report names."""

from __future__ import annotations

from collections.abc import Iterable

from exports.posting.context import PostingContext
from exports.posting.findings import Findings
from integration.pleo.items import ExportItem

_MENU = "Accounts Payable › Vendors"
_IN_PLEO = "Choose another vendor for this expense in Pleo"


def vat_vendor(item: ExportItem, tagged: Iterable[str], *, owed_to_employee: bool, context: PostingContext, findings: Findings) -> str:
    """Return the id of the vendor the tax of `item` is reported under; "" with the problem noted where there is none.

    In this order: the vendor tag of the lines where they agree, Pleo's vendor (its code, then its external id), the
    supplier's code where it happens to be a vendor, the default vendor (for what is owed to employees its own first).
    A vendor of Pleo's without a code is a problem, never the default vendor.

    tagged: the vendor ids on the lines' VENDOR dimension.
    """
    vendors = tuple(dict.fromkeys(filter(None, tagged)))
    if len(vendors) > 1:
        findings.note(f"The lines name several vendors ({', '.join(vendors)}): none of them is the VAT vendor.")
    vendors = vendors if len(vendors) == 1 else ()
    if named := _named(item, vendors, context):
        return _checked(named, _IN_PLEO, context, findings)
    if _is_new(item, vendors):
        return _new(item, findings)
    own = context.reimbursements.vat_vendor if owed_to_employee else ""
    default = own or context.card.default_vendor
    if default:
        where = "Reimbursements › VAT vendor" if own else "Card expenses › Default vendor"
        return _checked(default, f"Choose another one here (Entity configurations › {context.entity} › {where})", context, findings)
    findings.problem(
        "vat_vendor_missing",
        "VAT in a journal entry needs a vendor, and this expense has none. Choose a vendor for it in Pleo, or a default vendor here "
        f"(Entity configurations › {context.entity} › Card expenses › Default vendor).",
        kind="setting", value="default_vendor",
    )  # fmt: skip
    return ""


def bill_vendor(item: ExportItem, tagged: Iterable[str], context: PostingContext, findings: Findings) -> str:
    """Return the id of the vendor a bill for `item` is of; "" with the problem noted where there is none, or several.

    In this order: the vendor tag, Pleo's vendor, the supplier's code where it is a vendor, the default vendor. A vendor of
    Pleo's without a code is a problem: only an item without vendor takes the default.
    """
    vendors = tuple(dict.fromkeys(filter(None, tagged)))
    if len(vendors) > 1:
        findings.problem(
            "vendors_differ",
            f"The lines name several vendors ({', '.join(vendors)}), but a bill has one. Choose the same vendor for all lines in Pleo, or "
            "split this expense there.",
            kind="vendor", value=vendors[1],
        )  # fmt: skip
        return ""
    if named := _named(item, vendors, context):
        return _checked(named, _IN_PLEO, context, findings)
    if _is_new(item, vendors):
        return _new(item, findings)
    default, where = default_vendor(item, context)
    if default:
        return _checked(default, f"Choose another one here (Entity configurations › {context.entity} › {where})", context, findings)
    findings.problem(
        "vendor_missing",
        "A bill needs a vendor, and this expense has none. Choose a vendor for it in Pleo, or a default vendor here "
        f"(Entity configurations › {context.entity} › {where}).",
        kind="setting", value="default_vendor",
    )  # fmt: skip
    return ""


def line_vendor(item: ExportItem, tagged: Iterable[str], context: PostingContext, findings: Findings) -> str:
    """Return the vendor for lines of a refund that have no vendor tag: the one a bill would be of; "" where there is none."""
    vendors = tuple(dict.fromkeys(filter(None, tagged)))
    named = _named(item, vendors, context) if len(vendors) < 2 else ""
    default, where = default_vendor(item, context)
    if named:
        return _checked(named, _IN_PLEO, context, findings)
    if _is_new(item, vendors):
        return _new(item, findings)
    if default and not vendors:
        return _checked(default, f"Choose another one here (Entity configurations › {context.entity} › {where})", context, findings)
    return ""


def likely_vendor(item: ExportItem, tagged: Iterable[str], context: PostingContext) -> str:
    """Return the vendor `item` is of as far as that can be said, usable or not; "" where nobody can say."""
    vendors = tuple(dict.fromkeys(filter(None, tagged)))
    named = _named(item, vendors[:1], context) if len(vendors) < 2 else ""
    return named or ("" if _is_new(item, vendors) else default_vendor(item, context)[0])


def default_vendor(item: ExportItem, context: PostingContext) -> tuple[str, str]:
    """Return the default vendor of bills for `item`, "" for none, and where it is set."""
    if item.type in ("invoice", "invoice_payment"):
        return context.invoices.default_vendor, "Invoices › Default vendor"
    return context.card.default_vendor, "Card expenses › Default vendor"


def _named(item: ExportItem, tagged: tuple[str, ...], context: PostingContext) -> str:
    """Return the vendor the item names: by its tag, by Pleo's vendor, or by its supplier."""
    if tagged:
        return tagged[0]
    if item.vendor:
        named = [code for code in (item.vendor.code, item.vendor.external_id) if code]
        return next((code for code in named if code in context.vendors), named[0] if named else "")
    # The supplier is the merchant as the card network writes it. Nobody chose its code as a vendor of this company, so
    # a code that is none is no mistake of anyone, and no reason to stop the item.
    return item.supplier_code if item.supplier_code in context.vendors else ""


def _is_new(item: ExportItem, tagged: tuple[str, ...]) -> bool:
    """Say whether the item names a vendor that has no code: on the default vendor it would be somebody else's."""
    return not tagged and bool(item.vendor and not (item.vendor.code or item.vendor.external_id))


def _new(item: ExportItem, findings: Findings) -> str:
    name = item.vendor.name if item.vendor else ""
    findings.problem(
        "vendor_unknown",
        f"Vendor '{name}' was made in Pleo and has no code of a Sage Intacct vendor yet. Create it in Sage Intacct ({_MENU}) and give it "
        "that vendor's id in Pleo (Vendors). Or choose another vendor for this expense in Pleo.",
        kind="vendor", value=name,
    )  # fmt: skip
    return ""


def _checked(code: str, remedy: str, context: PostingContext, findings: Findings) -> str:
    vendor = context.vendors.get(code)
    if vendor is None:
        problem, fault, mend = "vendor_unknown", "does not exist in Sage Intacct", f"create it ({_MENU}) and sync"
    elif not vendor.active:
        problem, fault, mend = "vendor_inactive", "is not active in Sage Intacct", f"activate it ({_MENU})"
    elif vendor.on_hold:
        problem, fault, mend = "vendor_on_hold", "is on hold in Sage Intacct", f"release it ({_MENU})"
    elif vendor.entity not in ("", context.entity):
        problem, fault, mend = "vendor_other_entity", f"belongs to {vendor.entity} and cannot be used in {context.entity}", ""
    else:
        return code
    named = f"{code} '{vendor.name}'" if vendor and vendor.name else code
    findings.problem(problem, f"Vendor {named} {fault}. {remedy}{f', or {mend}' if mend else ''}.", kind="vendor", value=code)
    return ""
