"""Which list each setting is chosen from, and the names of the codes it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from referencedata import models as copy

MOST = 50

KINDS: Mapping[str, Any] = {
    "entities": copy.Entity,
    "accounts": copy.Account,
    "balance_accounts": copy.Account,
    "journals": copy.Journal,
    "bank_accounts": copy.CheckingAccount,
    "vendors": copy.Vendor,
    "tax_codes": copy.TaxDetail,
    "dimensions": copy.Dimension,
}
FIELDS: Mapping[str, str] = {
    "intacct_entity": "entities",
    "card_journal": "journals",
    "card_default_vendor": "vendors",
    "out_of_pocket_account": "balance_accounts",
    "employee_receivable_account": "balance_accounts",
    "external_reimbursement_account": "balance_accounts",
    "reimbursement_journal": "journals",
    "reimbursement_vat_vendor": "vendors",
    "invoice_default_vendor": "vendors",
    "wallet_transfer_account": "balance_accounts",
    "default_tax_code": "tax_codes",
    "default_tax_code_foreign": "tax_codes",
    "balance_account": "balance_accounts",
    "card_bank_account": "bank_accounts",
    "invoice_bank_account": "bank_accounts",
    "dimension": "dimensions",
}


@require_safe
@permission_required("integration.view_entityconfiguration", raise_exception=True)
def codes(request: HttpRequest) -> JsonResponse:
    """Return up to 50 codes of one kind that begin with or contain what was typed, as the fields of the form ask for them."""
    model, connection = KINDS.get(request.GET.get("kind", "")), request.GET.get("connection", "")
    if model is None or not connection.isdigit():
        return JsonResponse({"codes": []})
    every = model.objects.filter(connection=int(connection))
    rows = _usable(every, request.GET.get("kind", ""), request.GET.get("entity", ""))
    typed, said = request.GET.get("q", "").strip(), ""
    if typed:
        exact = every.coded([typed]).order_by(F("retired_at").asc(nulls_first=True), "status").first()
        said = _say(exact, fits=exact is not None and rows.filter(pk=exact.pk).exists())
        rows = rows.filter(Q(**{f"{model.CODE}__icontains": typed}) | Q(**{f"{model.NAME}__icontains": typed}))
    found = [{"code": code_of(row), "name": name_of(row)} for row in rows.order_by(model.CODE)[:MOST]]
    return JsonResponse({"codes": found, "said": said})


def names(connection: int | None, kind: str, held: Iterable[str]) -> dict[str, str]:
    """Return the names of these codes by our copy."""
    model, wanted = KINDS[kind], {code for code in held if code}
    if not wanted or connection is None:
        return {}
    return {
        code_of(row): " · ".join(filter(None, (name_of(row), note_of(row))))
        for row in model.objects.filter(connection=connection).coded(wanted)
    }


def code_of(row: Any) -> str:
    return str(getattr(row, row.CODE))


def name_of(row: Any) -> str:
    name = str(getattr(row, row.NAME))
    return "" if name == code_of(row) else name


def note_of(row: Any) -> str:
    """Return what one has to know of a row before choosing it."""
    match row:
        case copy.TaxDetail():
            return f"{row.value.normalize():f} %"
        case copy.CheckingAccount():
            return " ".join(filter(None, (row.currency, f"account {row.gl_account}" if row.gl_account else "")))
        case copy.Vendor() if row.on_hold:
            return "on hold"
        case copy.Entity():
            return row.currency
        case _:
            return ""


def _say(row: Any, *, fits: bool) -> str:
    """Return what stands beside a code that was typed: its name, and why it cannot be chosen where that is so."""
    if row is None:
        return "Not known in Sage Intacct."
    why = "" if fits else "cannot be used here" if row.active else "not active in Sage Intacct"
    return " · ".join(filter(None, (name_of(row), note_of(row), why)))


def _usable(rows: Any, kind: str, entity: str) -> QuerySet[Any]:
    """Leave what may be chosen: active, of this entity or of all, and fit for the purpose."""
    rows = rows.active()
    if entity and kind != "entities":
        rows = rows.filter(owner__in=("", entity))
    if kind == "balance_accounts":
        rows = rows.filter(control=False).exclude(account_type=copy.Account.Type.INCOME_STATEMENT)
    if kind == "vendors":
        rows = rows.filter(on_hold=False)
    if kind == "tax_codes":
        rows = rows.exclude(tax_type=copy.TaxDetail.Type.SALE)
        solution = copy.Entity.objects.filter(code=entity).values_list("tax_solution", flat=True).first() if entity else ""
        rows = rows.filter(solution=solution) if solution else rows
    return rows
