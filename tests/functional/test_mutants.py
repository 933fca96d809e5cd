"""Ten faults this application could have, each against one demand of Sage Intacct: the sandbox refuses each, by that demand.

A sandbox that were kinder than the published pages would let a fault through that the first real company finds.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from exports.models import AttemptDocument, ExportRecord
from exports.posting import dimensions, vendors
from exports.run_cycle import export_until_nothing_is_due
from integration.clock import clock
from integration.intacct import functions, xml
from integration.models import EntityConfiguration
from integration.sandbox.intacct.demands import ALL
from integration.sandbox.intacct.objects import put_object
from integration.sandbox.sandbox import Sandbox
from integration.sandbox.world import ST, UK, entry_id, load_demo_world
from tests.functional.journey import all_companies

Breaks = Callable[[pytest.MonkeyPatch], None]
DEMANDS = {each.id: each for each in ALL}
FRENCH = "V-FRANCE"


@dataclass(frozen=True)
class Mutant:
    """breaks: changes one place of the application. label: of an expense that is posted without the change. says: what the refusal
    names. demand: the id of the row it breaks."""

    name: str
    breaks: Breaks
    label: str
    says: str
    demand: str


def no_currency(patch):
    add = functions.add
    patch.setattr(functions, "add", lambda parent, tag, text: tag == "CURRENCY" or add(parent, tag, text))


def elements_swapped(patch):
    create = functions._create_supdoc

    def swapped(*arguments):
        root = create(*arguments)
        root.insert(0, root[1])
        return root

    patch.setattr(functions, "_create_supdoc", swapped)


def inactive_value(patch):
    right = dimensions.line_dimensions
    patch.setattr(
        dimensions,
        "line_dimensions",
        lambda *given: tuple(replace(each, value="900") if each.object_name == "DEPARTMENT" else each for each in right(*given)),
    )


def iso_date(patch):
    patch.setattr(functions, "written_date", lambda day: day.isoformat())
    patch.setattr(functions, "parse_date", date.fromisoformat)  # who writes days so also reads them so


def three_decimals(patch):
    patch.setattr(functions, "written_amount", lambda money: f"{money.amount:.3f}")


def no_location(patch):
    patch.setattr(dimensions, "own_location", lambda *_: ())


def second_tax_entry(patch):
    write = functions.write_taxes
    patch.setattr(functions, "write_taxes", lambda parent, taxes: write(parent, taxes * 2))


def name_with_a_dot(patch):
    write = functions._write_files

    def dotted(parent, files, contents):
        files = tuple(files)
        for each in files:
            object.__setattr__(each, "name", f"{each.name}.{each.type}")  # the value itself refuses a dot
        write(parent, files, contents)

    patch.setattr(functions, "_write_files", dotted)


def vendor_of_another_entity(patch):
    patch.setattr(vendors, "bill_vendor", lambda *_: FRENCH)


def no_control_id(patch):
    """Of what writes; what reads keeps its own."""
    envelope, opened = xml.envelope, xml._open_function

    def without(*arguments, unique, **named):
        patch.setattr(xml, "_open_function", (lambda _: b"<function>") if unique else opened)
        return envelope(*arguments, unique=unique, **named)

    patch.setattr(xml, "envelope", without)


MUTANTS = (
    Mutant(
        "drops CURRENCY", no_currency, "UK-03", "Currency",
        "GLENTRY CURRENCY required where the company has several currencies, in base currency too",
    ),
    Mutant("swaps two elements", elements_swapped, "UK-01", "out of order", "create_supdoc its elements come in this order"),
    Mutant("sends an inactive value", inactive_value, "UK-10", "900", "GLENTRY DEPARTMENT must be active"),
    Mutant("sends a date as ISO", iso_date, "UK-24", "BATCH_DATE", "GLBATCH BATCH_DATE date"),
    Mutant("sends three decimals", three_decimals, "UK-35", "decimals", "GLENTRY TRX_AMOUNT decimals 2"),
    Mutant("sends no location", no_location, "UK-36", "ocation", "GLENTRY LOCATION required in a company of several entities"),
    Mutant("sends a second tax entry", second_tax_entry, "UK-02", "one TAXENTRY", "GLENTRY TAXENTRIES at most one on a line"),
    Mutant(
        "names a file with a dot", name_with_a_dot, "UK-04", "PLEO-UK-04-1.pdf",
        "attachment attachmentname without dot and extension, and not empty",
    ),
    Mutant(
        "bills another entity's vendor", vendor_of_another_entity, "ST-01", FRENCH,
        "APBILL VENDORID must exist and be visible in the entity",
    ),
    Mutant("sends no control id", no_control_id, "UK-41", "controlid", "function @controlid required"),
)  # fmt: skip


class Town:
    """All companies, connected, with nothing offered yet; and a vendor that belongs to another entity than the one that keeps payables."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.ahead = sandbox, timedelta(0)

    def export(self, *labels: str) -> list[str]:
        """Offer what is in no job, and export for its companies; return the names of what refused it, each once."""
        before = len(self.sandbox.intacct.requests)
        for company in (UK, ST):
            of_company = [label for label in labels if label.startswith(company.prefix)]
            free = [entry_id(label) for label in of_company if not self.waits(label)]
            if free:
                self.sandbox.pleo.make_job(company.id, free, now=datetime.now(UTC), vendor_based=company is ST)
            if of_company:
                its = list(EntityConfiguration.objects.select_related("connection").filter(pleo_company_id=company.id))
                export_until_nothing_is_due(its, clock=lambda: clock() + self.ahead, owner="test", say=lambda _: None)
        # What sums up others, or follows from them, is no demand of its own.
        return sorted(
            {name for each in self.sandbox.intacct.requests[before:] for name in each["refused"]}
            - {"could_not_create", "attachment_missing"}
        )

    def waits(self, label: str) -> bool:
        """Whether it is in a job still."""
        return bool(self.sandbox.pleo.entry(entry_id(label))["openJob"])

    def record(self, label: str) -> ExportRecord:
        return ExportRecord.objects.get(entry_id=entry_id(label))

    def said(self, label: str) -> str:
        return " ".join(AttemptDocument.objects.filter(document__record=self.record(label)).values_list("message", flat=True))

    def stands(self, label: str) -> bool:
        keys = set(self.record(label).documents.values_list("key", flat=True))
        return any(entry["reference"] in keys for entry in (*self.sandbox.intacct.ledger(), *self.sandbox.intacct.bills()))


@contextmanager
def broken(mutant: Mutant):
    with pytest.MonkeyPatch.context() as patch:
        mutant.breaks(patch)
        yield


@pytest.fixture
def town(db, monkeypatch):
    def world(books, now):
        load_demo_world(books, now, with_jobs=False, kinds="all")
        put_object(books, "VENDOR", now=now, VENDORID=FRENCH, NAME="Papeterie", STATUS="active", ONHOLD="false", MEGAENTITYID="FR01")

    sandbox = Sandbox(world=world, now=datetime.now(UTC))
    with all_companies(sandbox, monkeypatch):
        EntityConfiguration.objects.update(unusable_receipt="refuse")  # else a file that is refused for itself is left out
        yield Town(sandbox)


class TestTheMutants:
    def test_are_ten_and_break_a_demand_each(self):
        assert len(MUTANTS) == len({each.demand for each in MUTANTS}) == len({each.breaks for each in MUTANTS}) == 10
        assert {each.demand for each in MUTANTS} <= set(DEMANDS)

    def test_are_refused_by_the_demand_they_break_and_post_the_same_expense_when_mended(self, town):
        refused, said, stood = {}, {}, {}
        for each in MUTANTS:
            with broken(each):
                refused[each.name] = town.export(each.label)
            said[each.name], stood[each.name] = town.said(each.label), town.stands(each.label)
            if town.waits(each.label):  # files are tried again by themselves
                town.ahead += timedelta(hours=1)
                town.export(each.label)
        labels = [each.label for each in MUTANTS]

        assert refused == {each.name: [DEMANDS[each.demand].refusal] for each in MUTANTS}
        assert [(each.name, said[each.name]) for each in MUTANTS if each.says not in said[each.name]] == []
        assert not any(stood.values()), stood
        assert town.export(*(label for label in labels if not town.stands(label))) == []
        assert {label: (town.record(label).status, town.stands(label)) for label in labels} == dict.fromkeys(labels, ("POSTED", True))
