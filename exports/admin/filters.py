"""What a bookkeeper would filter by, and how a search reads."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format

from config.admin_base.classes import ChosenFilter
from exports.delivery.open_bills import open_card_bills
from exports.models import Document, ExportJob, ExportJobItem, ExportRecord, ValueUse
from exports.models.standing import UNDER_WAY
from exports.pages.expense import kind_word
from integration.models import EntityConfiguration
from integration.money import Money

_STATUS = ExportRecord.Status
SECOND_PERSON = "second-person"
_GROUPS = {"needs-you": (_STATUS.NEEDS_FIX, _STATUS.REVIEW), "under-way": UNDER_WAY}


class StateFilter(ChosenFilter):
    title, parameter_name = "state", "state"

    def options(self, request: HttpRequest) -> Iterable[tuple[Any, Any]]:
        groups = [("needs-you", "Needs you, or to be reviewed"), ("under-way", "Under way"), (SECOND_PERSON, "Waits for a second person")]
        return [*groups, *_STATUS.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        if chosen == SECOND_PERSON:
            return queryset.exclude(asked="")
        return queryset.filter(status__in=_GROUPS.get(chosen, (chosen,))) if chosen else queryset


class CauseFilter(ChosenFilter):
    title, parameter_name = "cause", "cause"

    def options(self, request: HttpRequest) -> Iterable[tuple[Any, Any]]:
        codes = ExportRecord.objects.order_by().exclude(first_problem_code="").values_list("first_problem_code").annotate(Count("pk"))
        return sorted(((code, f"{cause(code)} ({count})") for code, count in codes), key=lambda option: option[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(first_problem_code=self.value()) if self.value() else queryset


class EntityFilter(ChosenFilter):
    title, parameter_name = "entity", "entity"

    def options(self, request: HttpRequest) -> Iterable[tuple[Any, Any]]:
        return [(each.pk, str(each)) for each in EntityConfiguration.objects.select_related("connection")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value() or ""
        return queryset.filter(configuration=int(chosen)) if chosen.isdigit() else queryset


class KindFilter(ChosenFilter):
    title, parameter_name = "kind", "kind"

    def options(self, request: HttpRequest) -> Iterable[tuple[Any, Any]]:
        kinds = ExportRecord.objects.order_by("type").exclude(type="").values_list("type", flat=True).distinct()
        return [(kind, kind_word(kind)) for kind in kinds]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(type=self.value()) if self.value() else queryset


class MonthFilter(ChosenFilter):
    title, parameter_name = "month", "month"

    def options(self, request: HttpRequest) -> Iterable[tuple[Any, Any]]:
        months = (
            ExportRecord.objects.exclude(date=None)
            .annotate(month=TruncMonth("date"))
            .order_by("-month")
            .values_list("month", flat=True)
            .distinct()
        )
        return [(f"{month:%Y-%m}", date_format(month, "F Y")) for month in months]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = re.fullmatch(r"(\d{4})-(\d{2})", self.value() or "")
        if not chosen:
            return queryset
        return queryset.filter(date__year=int(chosen[1]), date__month=int(chosen[2]))


class MovedDateFilter(ChosenFilter):
    title, parameter_name = "moved date", "moved"

    def options(self, request: HttpRequest) -> Iterable[tuple[Any, Any]]:
        return [("yes", "Posted on another day than its own"), ("no", "Posted on its own day")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "yes":
                return queryset.exclude(moved_from=None)
            case "no":
                return queryset.filter(moved_from=None)
            case _:
                return queryset


class ReceiptFilter(ChosenFilter):
    title, parameter_name = "receipt", "receipt"

    def options(self, request: HttpRequest) -> Iterable[tuple[Any, Any]]:
        return [("without", "Posted without receipt")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(without_receipt=True, posted_at__isnull=False) if self.value() == "without" else queryset


class CardBillFilter(ChosenFilter):
    title, parameter_name = "card bill", "bill"

    def options(self, request: HttpRequest) -> Iterable[tuple[Any, Any]]:
        return [("open", "Left open in Sage Intacct")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(Exists(open_card_bills().filter(record=OuterRef("pk")))) if self.value() == "open" else queryset


def zone_of(configurations: Iterable[EntityConfiguration]) -> ZoneInfo:
    """Return whose calendar day "today" is: the one all these share, else the installation's."""
    zones = {each.time_zone for each in configurations}
    return ZoneInfo(zones.pop()) if len(zones) == 1 else ZoneInfo(timezone.get_default_timezone_name())


class PostedOnFilter(ChosenFilter):
    """Only links use it: from the dashboard to what reached the ledger since a day."""

    title, parameter_name = "in the ledger since", "posted"

    def options(self, request: HttpRequest) -> Iterable[tuple[Any, Any]]:
        chosen = _day(request.GET.get("posted", ""))
        return [(chosen.isoformat(), date_format(chosen, "j M Y"))] if chosen else []

    def has_output(self) -> bool:
        return bool(self.value())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        since, entity = _day(self.value() or ""), request.GET.get("entity", "")
        if not since:
            return queryset
        chosen = EntityConfiguration.objects.filter(pk=int(entity)) if entity.isdigit() else EntityConfiguration.objects.all()
        return queryset.in_ledger_since(since, zone_of(chosen))  # type: ignore[attr-defined]


class JobFilter(ChosenFilter):
    """Only links use it: from an export job to the expenses it offers."""

    title, parameter_name = "export job", "job"

    def options(self, request: HttpRequest) -> Iterable[tuple[Any, Any]]:
        chosen = request.GET.get("job", "")
        jobs = ExportJob.objects.filter(pk=int(chosen)).select_related("configuration") if chosen.isdigit() else ()
        return [(job.pk, str(job)) for job in jobs]

    def has_output(self) -> bool:
        return bool(self.value())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value() or ""
        return (
            queryset.filter(Exists(ExportJobItem.objects.filter(job=int(chosen), record=OuterRef("pk")))) if chosen.isdigit() else queryset
        )


class UsesFilter(ChosenFilter):
    """Only links use it: from a value of the reference data to the expenses that use it. The address says OBJECT:code."""

    title, parameter_name = "uses", "uses"

    def options(self, request: HttpRequest) -> Iterable[tuple[Any, Any]]:
        name, _, code = request.GET.get("uses", "").partition(":")
        return [(use_word(name, code), f"{kind_word(name.lower())} {code}")] if code else []

    def has_output(self) -> bool:
        return bool(self.value())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        name, _, code = (self.value() or "").partition(":")
        if not code:
            return queryset
        return queryset.filter(Exists(ValueUse.objects.filter(record=OuterRef("pk"), object_name=name, code=code)))


def use_word(object_name: str, code: str) -> str:
    """Return what the address of a list says for the expenses that use this value."""
    return f"{object_name}:{code}"


def cause(code: str) -> str:
    """Return the code of a problem in words."""
    return code.replace("_", " ").capitalize()


def search(queryset: QuerySet[Any], words: str) -> QuerySet[Any]:
    """Return the expenses in which every word is found: merchant, employee, amount, invoice number, Pleo's or Intacct's id."""
    currencies: list[str] | None = None
    for word in words.split():
        here = Q(merchant__icontains=word) | Q(employee__icontains=word) | Q(invoice_number__icontains=word)
        named = Document.objects.filter(record=OuterRef("pk")).filter(Q(intacct_key=word) | Q(key__istartswith=word))
        here |= Q(Exists(named))
        if entry := _uuid(word):
            here |= Q(entry_id=entry)
        amount = _amount(word)
        if amount is not None:
            if currencies is None:
                currencies = list(ExportRecord.objects.order_by().exclude(currency="").values_list("currency", flat=True).distinct())
            here |= _of_amount(amount, currencies)
        queryset = queryset.filter(here)
    return queryset


def _amount(word: str) -> Decimal | None:
    if not re.fullmatch(r"[-−+]?[£€$]?\d{1,3}(,?\d{3})*(\.\d{1,3})?|[-−+]?[£€$]?\d+(\.\d{1,3})?", word):
        return None
    try:
        return abs(Decimal(re.sub(r"[^\d.]", "", word)))
    except InvalidOperation:
        return None


def _of_amount(amount: Decimal, currencies: Iterable[str]) -> Q:
    found = Q(pk=None)
    for currency in currencies:
        try:
            minor = Money(amount, currency).minor
        except ValueError:
            continue  # this currency has no such amount
        found |= Q(currency=currency, amount_minor__in=(minor, -minor))
    return found


def _uuid(word: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(word)
    except ValueError:
        return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
