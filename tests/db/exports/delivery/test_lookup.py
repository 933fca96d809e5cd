from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from exports.delivery.lookup import Finding, _finding, compare, conclude
from exports.models import AttemptDocument, Document
from integration.intacct import xml
from integration.intacct.documents import ExchangeRate, JournalLine, TaxEntry
from integration.money import Money
from tests.db.exports.rows import NOW, a_document, a_receipt, an_attempt, an_entry

HORIZON = timedelta(seconds=1200)
ENTRY = an_entry("PLAAAAAAAAAAAAAAAA")
HEAD = {"RECORDNO": "7", "REFERENCENO": ENTRY.key, "JOURNAL": "PLEO", "BATCH_DATE": "03/09/2026", "STATE": "Posted"}
DEBIT = {"BATCHNO": "7", "ACCOUNTNO": "6100", "TR_TYPE": "1", "TRX_AMOUNT": "120.00"}
CREDIT = {"BATCHNO": "7", "ACCOUNTNO": "1050", "TR_TYPE": "-1", "TRX_AMOUNT": "120"}
TAX = {"BATCHNO": "7", "ACCOUNTNO": "2200", "TR_TYPE": "1", "TRX_AMOUNT": "20.00"}


class TestCompare:
    @pytest.mark.parametrize(
        ("heads", "lines", "verdict"),
        [
            ([], [], "absent"),
            ([HEAD], [DEBIT, CREDIT], "equal"),
            ([HEAD], [DEBIT, CREDIT, TAX], "equal"),
            ([HEAD], [{**DEBIT, "TRX_AMOUNT": "1,20.00"}, CREDIT], "equal"),
            ([HEAD, {**HEAD, "RECORDNO": "8"}], [DEBIT, CREDIT], "several"),
            ([{**HEAD, "JOURNAL": "pleo"}], [DEBIT, CREDIT], "equal"),
            ([{**HEAD, "JOURNAL": "GJ"}], [DEBIT, CREDIT], "different"),
            ([{**HEAD, "BATCH_DATE": "03/10/2026"}], [DEBIT, CREDIT], "different"),
            ([HEAD], [{**DEBIT, "TRX_AMOUNT": "120.01"}, CREDIT], "different"),
            ([HEAD], [{**DEBIT, "ACCOUNTNO": "6200"}, CREDIT], "different"),
            ([HEAD], [{**DEBIT, "TR_TYPE": "-1"}, CREDIT], "different"),
            ([HEAD], [DEBIT], "different"),
            ([HEAD], [{**DEBIT, "BATCHNO": "8"}, CREDIT], "different"),
            ([HEAD], [{**DEBIT, "TRX_AMOUNT": "?"}, CREDIT], "different"),
        ],
        ids=[
            "nothing there", "the same", "with Intacct's tax line", "thousands separator", "two of them",
            "journal in other capitals", "other journal", "other date", "a cent more", "other account", "other side", "a line less",
            "another entry's line", "no number",
        ],
    )  # fmt: skip
    def test_tells_whether_intacct_holds_exactly_this_entry(self, heads, lines, verdict):
        finding = compare(ENTRY, heads, lines)

        assert finding.verdict == verdict
        assert finding.key == ("" if verdict in ("absent", "several") else "7")
        assert bool(finding.said) is (verdict in ("different", "several"))

    @pytest.mark.parametrize(
        ("theirs", "verdict"),
        [
            (["-100.00", "-20.00"], "equal"),
            (["-20.00", "-100.00"], "equal"),
            (["-120.00"], "different"),
            (["-100.00", "-20.00", "-20.00"], "equal"),  # what Intacct adds is its own
            (["-100.00", "-19.99"], "different"),
        ],
    )
    def test_knows_the_offsets_of_a_foreign_entry_one_by_one(self, theirs, verdict):
        """What was sent is read back from its bytes: an offset for the net, another for the tax."""
        eur = lambda amount: Money(Decimal(amount), "EUR")  # noqa: E731
        rate = ExchangeRate(ENTRY.posting_date, "Intacct Daily Rate")
        sent = (
            JournalLine("6100", "debit", eur("100.00"), TaxEntry("STD", eur("20.00")), exchange_rate=rate),
            *(JournalLine("1051", "credit", eur(amount), exchange_rate=rate) for amount in ("100.00", "20.00")),
        )
        body = xml.function(replace(ENTRY, lines=sent, vat_vendor="V-1"))
        rows = [{**DEBIT, "TRX_AMOUNT": "100.00"}, TAX]
        rows += [{**CREDIT, "ACCOUNTNO": "1051", "TRX_AMOUNT": amount.lstrip("-")} for amount in theirs]

        assert compare(xml.parse_journal_entry(body, entity="UK01", base_currency="GBP"), [HEAD], rows).verdict == verdict

    def test_counts_lines_that_are_alike(self):
        half = Decimal("60.00")
        entry = an_entry(ENTRY.key, gross="60.00")
        doubled = type(entry)(entry.key, "UK01", "PLEO", entry.posting_date, "Twice", (*entry.lines, *entry.lines))
        line = {**DEBIT, "TRX_AMOUNT": str(half)}, {**CREDIT, "TRX_AMOUNT": str(half)}

        assert compare(doubled, [HEAD], [*line, *line]).verdict == "equal"
        assert compare(doubled, [HEAD], [*line, line[0]]).verdict == "different"


@pytest.mark.django_db
class TestADocumentThatThisVersionCannotRead:
    @pytest.mark.parametrize("kind", ["journal_entry", "bill", "payment"])
    def test_is_absent_where_nothing_is_found_and_else_for_a_person(self, kind):
        row = a_document(state="UNKNOWN", kind=kind, body=b"<create><x/></create>")
        theirs = {"RECORDNO": "7", "REFERENCENO": row.key, "DOCNUMBER": row.key}

        assert _finding(row, [], []).verdict == "absent"
        assert _finding(row, [{**theirs, "REFERENCENO": "X", "DOCNUMBER": "X"}], []).verdict == "absent"
        found = _finding(row, [theirs], [])
        assert (found.verdict, found.key) == ("different", "7")
        assert row.key in found.said and "cannot be compared" in found.said


@pytest.mark.django_db
class TestConclude:
    def concluded(self, verdict, *, state="UNKNOWN", after=timedelta(0), **columns):
        row = a_document(state=state, **columns)
        conclude(row, Finding(verdict, key="7" if verdict == "equal" else "", state="Posted", said="Two of them."), NOW + after)
        return Document.objects.get(pk=row.pk)

    BEHIND = HORIZON + timedelta(seconds=1)

    @pytest.mark.parametrize(
        ("verdict", "after", "columns", "state", "revision"),
        [
            ("equal", timedelta(0), {}, "CONFIRMED", 1),
            ("different", timedelta(0), {}, "REVIEW", 1),
            ("several", timedelta(0), {}, "REVIEW", 1),
            ("nothing", BEHIND, {}, "UNKNOWN", 1),
            ("absent", timedelta(0), {}, "UNKNOWN", 1),
            ("absent", HORIZON, {}, "UNKNOWN", 1),
            ("absent", BEHIND, {}, "PLANNED", 1),
            # Refused on a later send, it may be the first one that is meant; a first send cannot repeat itself.
            ("absent", BEHIND, {"doubt": "DUPLICATE", "tries": 2}, "PLANNED", 2),
            ("absent", timedelta(0), {"doubt": "DUPLICATE", "tries": 2}, "UNKNOWN", 1),
            ("absent", timedelta(0), {"doubt": "DUPLICATE", "tries": 1, "refusal": "No."}, "REJECTED", 1),
            ("refused", BEHIND, {}, "UNKNOWN", 1),
            # Refused beside its attachment, it goes again by itself.
            ("absent", timedelta(0), {"doubt": "REFUSED", "refusal": "No."}, "PLANNED", 2),
            ("absent", BEHIND, {"doubt": "REFUSED_AGAIN", "refusal": "No."}, "REJECTED", 1),
            ("absent", BEHIND, {"rounds": 2}, "PLANNED", 1),
            ("absent", BEHIND, {"rounds": 3}, "REVIEW", 1),
            ("absent", HORIZON, {"rounds": 3}, "UNKNOWN", 1),
            ("equal", BEHIND, {"rounds": 3}, "CONFIRMED", 1),
        ],
    )
    def test_leaves_unknown_only_by_proof(self, settings, verdict, after, columns, state, revision):
        settings.LATE_COMMIT_HORIZON_SECONDS = 1200

        row = self.concluded(verdict, after=after, **columns)

        assert (row.state, row.revision) == (state, revision)

    @pytest.mark.parametrize("doubt", ["REFUSED", "REFUSED_AGAIN", "DUPLICATE"])
    def test_sends_refused_files_ten_times_before_a_person_is_asked(self, doubt):
        ninth = self.concluded("absent", after=self.BEHIND, kind="attachment", doubt=doubt, refusal="No.", rounds=9)
        tenth = self.concluded("absent", after=self.BEHIND, kind="attachment", doubt=doubt, refusal="No.", rounds=10)

        assert (ninth.state, ninth.revision) == ("PLANNED", 2)
        assert ninth.due_at > NOW
        assert (tenth.state, tenth.absence_proven) == ("REJECTED", True)

    @pytest.mark.parametrize("state", ["UNKNOWN", "REJECTED"])
    def test_gives_a_person_intacct_s_words_after_ten_looks_that_it_refused(self, settings, state):
        settings.LATE_COMMIT_HORIZON_SECONDS = 1200
        row, now, looks = a_document(state=state, last_possible_send_at=NOW), NOW + timedelta(seconds=1), 0
        while row.state == state and looks < 99:
            self.look(row, "refused", now)
            looks, now = looks + 1, now + timedelta(minutes=3)

        # Seven of them before the horizon, where nothing can be concluded anyway.
        assert looks == 17
        assert row.state == "REVIEW"
        assert "There is no table SUPDOC" in row.reason
        assert row.key in row.reason

    def test_waits_as_long_as_nobody_can_read_the_answers_but_not_for_ever(self, settings):
        settings.LATE_COMMIT_HORIZON_SECONDS, settings.TRY_LATER_HOURS = 1200, 6
        row, now = a_document(state="UNKNOWN", last_possible_send_at=NOW), NOW + timedelta(seconds=1)
        while row.state == "UNKNOWN" and now < NOW + timedelta(days=9):
            self.look(row, "nothing", now)
            now += timedelta(minutes=30)

        assert row.state == "REVIEW"
        assert timedelta(hours=6) <= now - NOW <= timedelta(hours=7)

    def look(self, row, verdict, now):
        attempt = an_attempt(row.record.configuration.connection, purpose="LOOK", begun_at=now)
        AttemptDocument.objects.create(attempt=attempt, document=row, control_id=row.control_id, result=verdict)
        conclude(row, Finding(verdict, said="There is no table SUPDOC"), now)
        row.refresh_from_db()

    @pytest.mark.parametrize(
        ("verdict", "state", "proven"),
        [
            ("equal", "CONFIRMED", False),
            ("different", "REVIEW", False),
            ("several", "REVIEW", False),
            ("nothing", "REJECTED", False),
            ("absent", "REJECTED", True),
        ],
    )
    def test_lets_a_refused_document_be_planned_only_when_it_is_not_there(self, verdict, state, proven):
        row = self.concluded(verdict, state="REJECTED", due_at=NOW)

        assert (row.state, row.absence_proven) == (state, proven)
        assert (row.due_at is None) is (verdict not in ("nothing", "equal"))  # equal: how it stands there is read

    def test_counts_a_document_refused_again_and_absent_as_looked_up(self):
        row = self.concluded("absent", after=self.BEHIND, doubt="REFUSED_AGAIN", refusal="No.")

        assert (row.refusal, row.absence_proven, row.due_at) == ("No.", True, None)

    def test_looks_again_at_1_3_7_and_20_minutes(self, settings):
        settings.LATE_COMMIT_HORIZON_SECONDS = 1200
        row, moments, now = a_document(state="UNKNOWN"), [], NOW
        while row.state == "UNKNOWN" and len(moments) < 10:
            conclude(row, Finding("absent"), now)
            row.refresh_from_db()
            now = row.due_at
            moments.append((now - NOW).total_seconds())

        assert moments[:3] == [180, 420, 1201]
        assert row.state == "PLANNED"

    def test_confirms_with_intacct_s_number_and_state(self):
        row = self.concluded("equal")

        assert (row.intacct_key, row.intacct_state, row.confirmed_at, row.due_at) == ("7", "Posted", NOW, NOW)

    def test_forgets_the_bytes_of_a_confirmed_attachment_and_marks_its_receipts(self):
        row = a_document(state="UNKNOWN", kind="attachment")
        receipt = a_receipt(row.record, document=row)

        conclude(row, Finding("equal", key=row.key), NOW)

        row.refresh_from_db()
        receipt.refresh_from_db()
        assert (row.body, row.body_hash, receipt.state) == (None, "b" * 64, "ATTACHED")
