"""From rows to the value that the posting rules read: a constant number of queries for any number of items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError
from django.db.models import F, Q
from django.db.models.functions import Trim, Upper

from exports.models import ExportRecord, Receipt
from exports.posting import context as facts
from exports.posting.countries import country_of
from integration.intacct.documents import AttachmentFile
from integration.models import EntityConfiguration
from integration.pleo.items import ExportItem
from referencedata import models as copy
from referencedata.currencies import is_multi_currency
from referencedata.kinds.registry import DIMENSION_MODELS

log = structlog.get_logger(__name__)

# The database itself does not answer: no fault of an expense, and all of it is tried again.
NO_DATABASE = (OperationalError, InterfaceError)
_STATUS: dict[str, facts.Status] = {"ACTIVE": "active", "NON_POSTING": "non_posting", "INACTIVE": "inactive"}
_FAULT_CODES = {
    Receipt.State.TRYING: "receipt_unreachable",
    Receipt.State.UNREACHABLE: "receipt_unreachable",
    Receipt.State.EMPTY: "receipt_empty",
    Receipt.State.TOO_LARGE: "receipt_too_large",
    Receipt.State.WRONG_TYPE: "receipt_wrong_type",
}


def posting_context(configuration: EntityConfiguration, items: Sequence[ExportItem], now: datetime) -> facts.PostingContext:
    """Return the entity configuration with all reference data that `items` mention."""
    connection = configuration.connection
    entity = _live_last(copy.Entity.objects.filter(connection=connection, code=configuration.intacct_entity)).last()
    wallets = list(configuration.wallet_accounts.all())
    mappings = [mapping.dimension for mapping in configuration.dimension_mappings.all()]
    slots = {row.object_name.upper(): _slot(row) for row in copy.Dimension.objects.present().filter(connection=connection)}
    vendor_codes = _vendor_codes(configuration, items)
    employee_codes = {item.employee_code for item in items} - {""}
    bank_codes = {code for row in wallets for code in (row.card_bank_account, row.invoice_bank_account)} - {""}
    tax_solution = entity.tax_solution if entity else ""
    country = country_of(entity.country, tax_solution) if entity else ""
    return facts.PostingContext(
        company_id=connection.company_id,
        entity=configuration.intacct_entity,
        entity_name=entity.name if entity else configuration.intacct_entity,
        base_currency=entity.currency if entity else "",
        time_zone=configuration.zone,
        midnight_is_a_day=configuration.midnight_is_a_day,
        today=now.astimezone(configuration.zone).date(),
        card=facts.CardRules(
            method=configuration.card_method,  # type: ignore[arg-type]
            balance_accounts=MappingProxyType({row.currency: row.balance_account for row in wallets if row.balance_account}),
            bank_accounts=MappingProxyType({row.currency: row.card_bank_account for row in wallets if row.card_bank_account}),
            settlement=configuration.card_settlement,  # type: ignore[arg-type]
            journal=configuration.card_journal,
            default_vendor=configuration.card_default_vendor,
            method_from=configuration.card_method_from,  # type: ignore[arg-type]
        ),
        reimbursements=facts.ReimbursementRules(
            out_of_pocket_account=configuration.out_of_pocket_account,
            employee_receivable_account=configuration.employee_receivable_account,
            external_reimbursement_account=configuration.external_reimbursement_account,
            journal=configuration.reimbursement_journal,
            vat_vendor=configuration.reimbursement_vat_vendor,
        ),
        attachment_folder=connection.attachment_folder,
        invoices=facts.InvoiceRules(
            bank_accounts=MappingProxyType({row.currency: row.invoice_bank_account for row in wallets if row.invoice_bank_account}),
            default_vendor=configuration.invoice_default_vendor,
            payment_method=configuration.invoice_payment_method,
        ),
        banks=MappingProxyType(
            {
                row.code: facts.BankAccount(row.code, row.name, row.gl_account, row.currency, active=_usable(row), entity=row.owner)
                for row in _live_last(copy.CheckingAccount.objects.filter(connection=connection, code__in=bank_codes))
            }
        ),
        confirmed_directions=frozenset((kind, sub_type, int(sign)) for kind, sub_type, sign in connection.confirmed_directions),
        partially_exempt=bool(entity and entity.partially_exempt),
        in_united_states=country == "US",
        country=country,
        tax_method=_tax_method(configuration, tax_solution),
        tax_code_pairs=MappingProxyType(dict(configuration.tax_code_pairs)),
        two_tax_entries=configuration.two_tax_entries,
        user_names_summaries=configuration.name_bill_summaries,
        account_labels=MappingProxyType({str(number): str(label) for number, label in configuration.account_labels.items()}),
        wallet_transfer_account=configuration.wallet_transfer_account,
        first_posting_date=configuration.first_posting_date,
        open_from=entity.start_open_date if entity else None,
        draft=configuration.post_as == EntityConfiguration.PostAs.DRAFT,
        multi_currency=is_multi_currency(connection),
        offset_per_line=configuration.offset_lines == EntityConfiguration.OffsetLines.PER_LINE,
        exchange_rate_type=configuration.exchange_rate_type,
        tax_solution=tax_solution,
        default_tax_code=configuration.default_tax_code,
        default_tax_code_foreign=configuration.default_tax_code_foreign,
        default_tax_splits_gross=configuration.default_tax_splits_gross,
        reverse_charge_on_journals=configuration.reverse_charge_on_journals,  # type: ignore[arg-type]
        partial_exemption_on_journals=configuration.partial_exemption_on_journals,  # type: ignore[arg-type]
        closed_period=configuration.closed_period,  # type: ignore[arg-type]
        unusable_receipt=configuration.unusable_receipt,  # type: ignore[arg-type]
        accounts=_accounts(configuration, items),
        dimensions=MappingProxyType({name.upper(): slots[name.upper()] for name in mappings if name.upper() in slots}),
        values=_values(configuration, slots, mappings, items),
        team_defaults=MappingProxyType(
            {
                team.upper(): MappingProxyType({name.upper(): code for name, code in values.items()})
                for team, values in configuration.team_defaults.items()
            }
        ),
        tax_details=_tax_details(configuration, items),
        vendors=MappingProxyType(
            {
                row.code: facts.Vendor(row.code, row.name, active=_usable(row), on_hold=row.on_hold, entity=row.owner)
                for row in _live_last(copy.Vendor.objects.filter(connection=connection, code__in=vendor_codes))
            }
        ),
        employees=MappingProxyType(
            {row.code: _usable(row) for row in _live_last(copy.Employee.objects.filter(connection=connection, code__in=employee_codes))}
        ),
        journals=MappingProxyType({row.symbol: _usable(row) for row in _live_last(copy.Journal.objects.filter(connection=connection))}),
    )


def context_of_each(
    configuration: EntityConfiguration, items: Mapping[int, ExportItem], now: datetime
) -> tuple[facts.PostingContext, frozenset[int]]:
    """Return the context of these items, by whatever key, and the keys of those that it cannot be made for; it is without these.

    Raises what the entity configuration alone raises: that is no fault of an item.
    """
    try:
        return posting_context(configuration, list(items.values()), now), frozenset()
    except NO_DATABASE:
        raise
    except Exception:
        log.exception("context_not_made_together", configuration=configuration.pk, items=len(items))
    posting_context(configuration, (), now)
    odd = set()
    for key, item in items.items():
        try:
            posting_context(configuration, [item], now)
        except NO_DATABASE:
            raise
        except Exception:
            log.exception("context_not_made", record=key)
            odd.add(key)
    return posting_context(configuration, [item for key, item in items.items() if key not in odd], now), frozenset(odd)


def as_opened(context: facts.PostingContext, record: ExportRecord) -> facts.PostingContext:
    """Return the context with the first open days that refusals of this offer have taught."""
    if not record.opens:
        return context
    opens = {books: date.fromisoformat(day) for books, day in record.opens.items() if day}
    return replace(
        context,
        open_from=max(filter(None, (context.open_from, opens.get("ledger"))), default=None),
        payables_open_from=opens.get("payables"),
        cash_open_from=opens.get("cash"),
        own_posting_date=False if "own_posting_date" in record.opens else context.own_posting_date,
    )


def receipt_facts(receipts: Iterable[Receipt]) -> tuple[facts.Receipt, ...]:
    """Return the receipts of one record as the rules read them, in Pleo's order; copies of the same file are left out."""
    found = []
    for receipt in sorted(receipts, key=lambda each: each.number):
        if receipt.state in Receipt.USABLE:
            file = AttachmentFile(f"receipt-{receipt.number}", receipt.type, str(receipt.content_id), receipt.size)
            found.append(facts.Receipt(receipt.number, file))
        elif receipt.state in _FAULT_CODES:
            found.append(facts.Receipt(receipt.number, None, receipt.fault, _FAULT_CODES[Receipt.State(receipt.state)]))
    return tuple(found)


def _accounts(configuration: EntityConfiguration, items: Sequence[ExportItem]) -> MappingProxyType[str, facts.Account]:
    numbers = {line.account_code for item in items for line in item.lines} | {
        configuration.out_of_pocket_account,
        configuration.employee_receivable_account,
        configuration.external_reimbursement_account,
        configuration.wallet_transfer_account,
    }
    numbers |= {row.balance_account for row in configuration.wallet_accounts.all()}
    taxes = [line.tax for item in items for line in item.lines if line.tax]
    numbers |= {number for tax in taxes for number in (tax.input_account, tax.output_account)}
    rows = _live_last(copy.Account.objects.filter(connection=configuration.connection, number__in=numbers - {""}).with_bank())
    return MappingProxyType(
        {
            row.number: facts.Account(
                row.number,
                row.title,
                active=_usable(row),
                control=row.control,
                bank=row.bank,
                required=frozenset(row.required_dimensions),
                entity=row.owner,
            )
            for row in rows
        }
    )


def _slot(row: copy.Dimension) -> facts.DimensionSlot:
    return facts.DimensionSlot(
        row.object_name, row.label or row.object_name, row.journal_element, row.bill_element, user_defined=row.user_defined
    )


def _values(
    configuration: EntityConfiguration, slots: dict[str, facts.DimensionSlot], mappings: Sequence[str], items: Sequence[ExportItem]
) -> MappingProxyType[tuple[str, str], facts.DimensionValue]:
    """Return the values that tags and team defaults name, found without case: Pleo's tag codes match in any case."""
    codes: dict[str, set[str]] = {name.upper(): set() for name in mappings}
    for item in items:
        for line in item.lines:
            for tag in line.tags:
                codes.setdefault(tag.group_code.upper(), set()).add(tag.code)
    for values in configuration.team_defaults.values():
        for name, code in values.items():
            codes.setdefault(name.upper(), set()).add(str(code))
    found: dict[tuple[str, str], facts.DimensionValue] = {}
    for name, wanted in codes.items():
        slot = slots.get(name)
        if slot and wanted:
            for value in _rows(configuration, slot, wanted):
                found[slot.object_name, value.code.strip().upper()] = value
    return MappingProxyType(found)


def _rows(configuration: EntityConfiguration, slot: facts.DimensionSlot, codes: set[str]) -> Iterable[facts.DimensionValue]:
    rows: Any
    if slot.user_defined:
        rows = copy.UserDefinedValue.objects.filter(connection=configuration.connection, dimension=slot.object_name)
        column = "name"
    elif slot.object_name in DIMENSION_MODELS:
        rows = DIMENSION_MODELS[slot.object_name].objects.filter(connection=configuration.connection)
        column = "code"
    else:
        return
    # In upper case on both sides; and as written, because SQLite folds only ASCII by itself.
    same = Q(folded__in={code.upper() for code in codes}) | Q(**{f"{column}__in": codes})
    for row in _live_last(rows).annotate(folded=Upper(Trim(column))).filter(same):
        code = getattr(row, column)
        entity = row.entity_code if slot.object_name == "LOCATION" else row.owner
        yield facts.DimensionValue(
            slot.object_name,
            code,
            row.name,
            row.intacct_key if slot.user_defined else code,
            status="inactive" if row.retired_at else _STATUS[row.status],
            entity=entity,
        )


def _tax_details(configuration: EntityConfiguration, items: Sequence[ExportItem]) -> MappingProxyType[str, facts.TaxDetail]:
    codes = {line.tax.code for item in items for line in item.lines if line.tax}
    codes |= {configuration.default_tax_code, configuration.default_tax_code_foreign}
    codes |= {*configuration.tax_code_pairs, *map(str, configuration.tax_code_pairs.values())}
    # All reverse charges beside those that are mentioned: the other half of a pair is found among them.
    wanted = Q(trimmed__in=codes - {""}) | Q(reverse_charge=True)
    rows = copy.TaxDetail.objects.filter(connection=configuration.connection).annotate(trimmed=Trim("detail_id")).filter(wanted)
    return MappingProxyType(
        {
            row.trimmed: facts.TaxDetail(
                row.detail_id,
                row.value,
                row.solution,
                active=_usable(row),
                purchase=row.tax_type == copy.TaxDetail.Type.PURCHASE,
                reverse_charge=row.reverse_charge,
            )
            for row in _live_last(rows)
        }
    )


def _tax_method(configuration: EntityConfiguration, solution: str) -> str:
    """Return how the entity's tax solution works; VAT or GST where it has none, or ours is not copied."""
    row = copy.TaxSolution.objects.present().filter(connection=configuration.connection, name=solution).first() if solution else None
    return row.method if row else copy.TaxSolution.VAT_OR_GST


def _vendor_codes(configuration: EntityConfiguration, items: Sequence[ExportItem]) -> set[str]:
    codes = {configuration.card_default_vendor, configuration.reimbursement_vat_vendor, configuration.invoice_default_vendor}
    for item in items:
        codes |= {item.supplier_code}
        if item.vendor:
            codes |= {item.vendor.code, item.vendor.external_id}
        codes |= {tag.code for line in item.lines for tag in line.tags if tag.group_code.upper() == "VENDOR"}
        codes |= {tag.code.upper() for line in item.lines for tag in line.tags if tag.group_code.upper() == "VENDOR"}
    return codes - {""}


def _live_last(rows: Any) -> Any:
    """A code that was deleted and made again in Intacct has two rows: the one that is there comes last, and wins."""
    return rows.order_by(F("retired_at").asc(nulls_last=True), "pk")


def _usable(row: copy.Mirror) -> bool:
    return row.status == copy.Status.ACTIVE and row.retired_at is None
