"""Publishing to Pleo: differences only, to the end, and never twice."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection as database

from integration.errors import Rejected
from integration.models import EntityConfiguration, Lease, LeaseBusy, PleoCredentials
from integration.pleo.pacing import TimeIsUp
from integration.sandbox import http as faults
from integration.sandbox.http import Fault
from integration.sandbox.world import UK
from referencedata import models as copy
from referencedata.models import PublishedGroup, PublishRun, SyncRun, UnansweredCreate
from referencedata.publishing.publish import PublishingClosed, due
from tests.db.referencedata.publishing_kit import OWN, Rig

pytestmark = pytest.mark.django_db


@pytest.fixture
def rig(clock):
    return Rig(clock)


@pytest.fixture
def filled(rig):
    """Two dimensions with values, and two tax codes."""
    for code, name in (("100", "Sales"), ("200", "Engineering"), ("300", "Operations")):
        rig.value("DEPARTMENT", code, name)
    rig.value(OWN, "CC10", "")
    rig.tax("Goods Standard", "20")
    rig.tax("Goods Reduced", "5")
    rig.choose("DEPARTMENT", OWN)
    return rig


def counts(run):
    return {name: getattr(run, name) for name in PublishRun.COUNTS if getattr(run, name)}


def about(run):
    return [note["about"] for note in run.notes]


class TestSwitchedOffMeanwhile:
    @pytest.mark.parametrize(
        ("columns", "said"), [({"active": False}, "switched off"), ({"publish_tags": False, "publish_tax_codes": False}, "switch it on")]
    )
    def test_writes_no_more_than_what_was_begun(self, filled, monkeypatch, columns, said):
        monkeypatch.setattr("referencedata.publishing.writing.SHOWN_EVERY", 1)
        writes = []

        def before(method, path, body):
            if method == "POST" and "search" not in path:
                writes.append(path)
                EntityConfiguration.objects.filter(pk=filled.configuration.pk).update(**columns)

        run = filled.publish(before=before)

        assert len(writes) == 1
        assert run.outcome == "FAILED" and said in run.error and "Nothing more was written" in run.error
        assert PublishRun.objects.get().due_at is None


class TestPublish:
    def test_fills_an_empty_company(self, filled):
        run = filled.publish()

        assert filled.tag_book() == {"DEPARTMENT": {"100": "Sales", "200": "Engineering", "300": "Operations"}, OWN: {"CC10": "CC10"}}
        assert filled.tax_book() == [
            ("Goods Reduced", "Goods Reduced", Decimal(5), "inclusive"),
            ("Goods Standard", "Goods Standard", Decimal(20), "inclusive"),
        ]
        assert (run.outcome, counts(run), run.planned, run.done) == ("COMPLETE", {"created": 8}, 8, 8)
        assert (run.wanted, run.there, run.unchanged) == (8, 0, 0)
        assert PublishRun.objects.get() == run

    def test_writes_nothing_the_second_time(self, filled):
        filled.publish()
        before = filled.pleo.writes()

        run = filled.publish()

        assert filled.pleo.writes() == before
        assert (run.outcome, counts(run), run.unchanged, run.wanted, run.there) == ("COMPLETE", {}, 8, 8, 8)

    def test_writes_differences_only_and_takes_over_a_group_with_the_same_code(self, filled):
        filled.make_group("department", "Abteilung", {"100": "Sales", "200": "Development", "800": "Long gone"})
        before = filled.pleo.writes()
        filled.choose("DEPARTMENT", publish_tax_codes=False)

        run = filled.publish()

        assert filled.tags("DEPARTMENT") == {"100": "Sales", "200": "Engineering", "300": "Operations"}
        assert filled.tags("DEPARTMENT", archived=True) == {"800": "Long gone"}
        assert counts(run) == {"created": 1, "renamed": 1, "archived": 1}
        assert filled.pleo.writes() - before == 3
        assert filled.group("DEPARTMENT")["name"] == "Abteilung"
        assert PublishedGroup.objects.get().adopted

    def test_archives_what_is_retired_or_inactive_and_takes_it_out_again(self, filled):
        filled.publish()
        copy.Department.objects.filter(code="100").update(retired_at=filled.clock())
        copy.Department.objects.filter(code="200").update(status="INACTIVE")
        copy.TaxDetail.objects.filter(detail_id="Goods Reduced").update(status="INACTIVE")

        gone = filled.publish()
        assert (filled.tags("DEPARTMENT"), [code for code, *_ in filled.tax_book()]) == ({"300": "Operations"}, ["Goods Standard"])
        copy.Department.objects.update(retired_at=None, status="ACTIVE", name="New name")
        back = filled.publish()

        assert (counts(gone), counts(back)) == ({"archived": 3}, {"renamed": 1, "unarchived": 2})
        assert set(filled.tags("DEPARTMENT").values()) == {"New name"}

    def test_lets_go_of_a_dimension_nobody_chooses_any_more(self, filled):
        filled.make_group("REGION", "By hand", {"N": "North"})
        filled.publish()
        filled.choose(OWN)

        run = filled.publish()
        assert (sorted(filled.tag_book()), counts(run)) == (sorted([OWN, "REGION"]), {"archived": 1})
        assert [group.code for group in PublishedGroup.objects.all()] == [OWN]

        # A person takes it up again: it is theirs now.
        group = filled.group("DEPARTMENT")
        filled.call(
            "PUT", f"/v0/tag-groups/{group['id']}", {name: group[name] for name in ("code", "name", "metadata")} | {"archived": False}
        )
        assert counts(filled.publish()) == {}
        assert "DEPARTMENT" in filled.tag_book()

    def test_lets_go_of_a_group_although_the_answer_was_lost(self, filled):
        filled.publish()
        filled.choose(OWN)
        filled.pleo.inject(Fault(faults.RESET_AFTER, matching="/v0/tag-groups/", writes_only=True))

        run = filled.publish()

        assert (run.outcome, counts(run)) == ("COMPLETE", {"archived": 1})
        assert [group.code for group in PublishedGroup.objects.all()] == [OWN]

    def test_takes_a_group_out_of_the_archive_with_what_others_keep_there(self, filled):
        filled.publish()
        filled.choose(OWN)
        filled.publish()
        group = filled.group("DEPARTMENT")
        body = {"code": "DEPARTMENT", "name": "Depts", "archived": True, "metadata": {"theirs": "yes"}}
        filled.call("PUT", f"/v0/tag-groups/{group['id']}", body)
        filled.choose("DEPARTMENT", OWN)

        assert counts(filled.publish()) == {"unarchived": 1}
        assert (filled.group("DEPARTMENT")["name"], filled.group("DEPARTMENT")["metadata"]) == ("Depts", {"theirs": "yes"})

    def test_leaves_what_is_switched_off(self, filled):
        filled.account("6100", "Travel")
        filled.publish()
        copy.Department.objects.update(name="Other")
        filled.choose(publish_tags=False)

        assert counts(filled.publish()) == {}
        assert len(filled.tag_book()) == 2
        assert filled.account_book() == {}

    def test_of_accounts_writes_a_batch(self, filled):
        filled.account("6100", "Travel")
        filled.account("2000", "Payables", control=True)
        filled.account("1050", "Pleo wallet")
        filled.add(copy.CheckingAccount, code="CHK", gl_account="1050")
        filled.choose(publish_tags=False, publish_tax_codes=False, publish_accounts=True)
        first = filled.publish()
        copy.Account.objects.filter(number="6100").update(title="Trips")
        filled.account("6200", "Software")

        second = filled.publish()

        assert (counts(first), counts(second)) == ({"created": 2}, {"renamed": 1, "created": 1})
        assert filled.account_book() == {"6100": "Trips", "6200": "Software", "1050": "Pleo wallet"}
        assert filled.pleo.writes() == 3

    def test_of_three_pairs_an_orphan_and_an_irrecoverable_code_publishes_four_and_names_the_orphan(self, rig):
        for number, rate in enumerate(("20", "5", "12.5")):
            rig.tax(f"Input {number}", rate, reverse_charge=True)
            rig.tax(f"Output {number}", f"-{rate}", reverse_charge=True)
        rig.tax("Orphan", "13.5", reverse_charge=True)
        rig.tax("Irrecoverable", "20")
        pairs = {f"Input {number}": f"Output {number}" for number in range(3)}
        rig.choose(tax_code_pairs=pairs)

        run = rig.publish()

        assert [(code, kind) for code, _, _, kind in rig.tax_book()] == [
            ("Input 0", "reverse"),
            ("Input 1", "reverse"),
            ("Input 2", "reverse"),
            ("Irrecoverable", "inclusive"),
        ]
        assert (run.outcome, about(run), run.left_out) == ("PARTLY", ["Tax code Orphan"], 1)
        rig.tax("Its output", "-13.5", reverse_charge=True)
        rig.choose(tax_code_pairs={**pairs, "Orphan": "Its output"})
        assert (rig.publish().outcome, len(rig.tax_book())) == ("COMPLETE", 5)

    def test_leaves_tax_codes_alone_where_the_entity_has_no_tax_solution(self, filled):
        filled.make_tax_code("Goods Standard", 0.19)
        copy.Entity.objects.update(tax_solution="")

        run = filled.publish()

        assert [code for code, *_ in filled.tax_book()] == ["Goods Standard"]
        assert "no tax solution" in run.notes[0]["sentence"]

    def test_says_that_sales_tax_is_left_out(self, filled):
        copy.TaxSolution.objects.update(method="Sales tax")

        run = filled.publish()

        assert filled.tax_book() == []
        assert "sales tax of the United States is not published" in run.notes[0]["sentence"]

    def test_archives_nothing_of_what_was_never_read_whole(self, filled):
        filled.make_group("DEPARTMENT", "Department", {"800": "Unknown here"})
        filled.make_tax_code("Goods Reduced", 0.05)
        copy.TaxDetail.objects.filter(detail_id="Goods Reduced").update(status="INACTIVE")
        SyncRun.objects.filter(kind__in=("departments", "tax_codes")).update(outcome="FAILED", error="x")

        run = filled.publish()
        assert (filled.tags("DEPARTMENT")["800"], len(filled.tax_book()), counts(run)) == ("Unknown here", 2, {"created": 6})
        assert (run.outcome, sorted(about(run))) == ("PARTLY", ["Department", "Tax codes"])

        filled.read_whole("departments")
        filled.read_whole("tax_codes")
        assert counts(filled.publish()) == {"archived": 2}

    @pytest.mark.parametrize(
        ("columns", "read", "archived"),
        [({"status": "INACTIVE"}, True, True), ({"retired_at": "now"}, True, True), ({"retired_at": "now"}, False, False)],
    )
    def test_archives_the_group_of_a_dimension_that_is_gone_where_that_is_sure(self, filled, columns, read, archived):
        filled.publish()
        rows = copy.Dimension.objects.filter(object_name="DEPARTMENT")
        rows.update(**{name: filled.clock() if value == "now" else value for name, value in columns.items()})
        if not read:
            SyncRun.objects.filter(kind="dimensions").delete()

        run = filled.publish()

        assert ("DEPARTMENT" not in filled.tag_book()) is archived
        assert about(run) == ["Dimension DEPARTMENT"]

    def test_on_a_dry_run_counts_and_changes_nothing(self, filled):
        filled.make_group("DEPARTMENT", "Department", {"800": "Gone"})
        before = filled.pleo.writes()

        run = filled.publish(dry_run=True)

        assert (filled.pleo.writes(), run.pk, counts(run)) == (before, None, {"created": 7, "archived": 1})
        assert (PublishRun.objects.count(), PublishedGroup.objects.count(), Lease.objects.count()) == (0, 0, 0)

    def test_fulfils_the_wish_it_began_with(self, filled):
        filled.configuration.want_publishing(filled.clock())
        filled.publish()
        assert EntityConfiguration.objects.get().publish_wanted_at is None

        filled.configuration.want_publishing(filled.clock())
        later = filled.clock() + timedelta(seconds=1)
        filled.publish(before=lambda *_: EntityConfiguration.objects.update(publish_wanted_at=later))
        assert EntityConfiguration.objects.get().publish_wanted_at == later

    def test_takes_codes_as_long_as_they_come(self, filled):
        filled.value(OWN, "c" * 255, "")
        filled.tax("t" * 255, "7", description="d" * 255)
        seen = []

        run = filled.publish(progress=lambda run: seen.append(PublishRun.objects.get().doing))

        assert (run.outcome, counts(run)) == ("COMPLETE", {"created": 10})

    def test_shows_how_far_it_is(self, filled):
        for number in range(60):
            filled.value("DEPARTMENT", f"N{number}", "x")
        seen = []

        filled.publish(progress=lambda run: seen.append((PublishRun.objects.get().done, PublishRun.objects.get().planned)))

        assert sorted({planned for _, planned in seen}) == [2, 4, 67, 68]  # tax codes, groups, departments, cost centres
        assert {0, 2, 4, 24, 44, 64, 67, 68} <= {done for done, _ in seen}


class TestPublishWhenThingsGoWrong:
    @pytest.mark.parametrize("fault", [faults.RESET_AFTER, faults.RESET_BEFORE, faults.HTML_AFTER, faults.OFFLINE, faults.EMPTY_BODY_AFTER])
    def test_reads_again_after_a_lost_answer_and_creates_no_tag_twice(self, filled, fault):
        filled.pleo.inject(Fault(fault, matching="/tags {", writes_only=True))

        run = filled.publish()

        assert (run.outcome, counts(run)) == ("COMPLETE", {"created": 8})
        assert len(filled.tags("DEPARTMENT")) == 3

    def test_counts_each_value_once_whose_batch_was_lost(self, filled):
        for number in range(150):
            filled.value("DEPARTMENT", f"N{number}", "x")
        filled.publish()
        copy.Department.objects.update(status="INACTIVE")
        filled.pleo.inject(Fault(faults.HTML_AFTER, matching="/v0/tags/archive"), Fault(faults.RESET_BEFORE, matching="/v0/tags/archive"))

        run = filled.publish()

        assert (run.outcome, counts(run), run.done, filled.tags("DEPARTMENT")) == ("COMPLETE", {"archived": 153}, 153, {})

    @pytest.mark.parametrize("matching", ["/v0/tax-codes {", "/v0/tag-groups {"])
    @pytest.mark.parametrize("fault", [faults.RESET_AFTER, faults.HTML_AFTER, faults.EMPTY_BODY_AFTER])
    def test_finds_what_was_created_without_an_answer(self, filled, matching, fault):
        filled.pleo.inject(Fault(fault, matching=matching, writes_only=True))

        run = filled.publish()

        assert (run.outcome, counts(run)) == ("COMPLETE", {"created": 8})
        assert (len(filled.tax_book()), len(filled.books.all("pleo", "tag group"))) == (2, 2)
        assert not UnansweredCreate.objects.exists()

    def test_sends_no_tax_code_again_that_may_still_appear(self, filled):
        filled.pleo.inject(Fault(faults.LATE, matching="/v0/tax-codes {", seconds=90, writes_only=True))

        first = filled.publish()
        assert (first.outcome, counts(first)) == ("PAUSED", {"created": 7})
        assert first.due_at == UnansweredCreate.objects.get().sent_at + timedelta(minutes=20)
        filled.clock.forward(seconds=100)
        second = filled.publish()

        assert (second.outcome, counts(second)) == ("COMPLETE", {})
        assert [code for code, *_ in filled.tax_book()] == ["Goods Reduced", "Goods Standard"]

    def test_sends_a_tax_code_again_once_it_cannot_appear_any_more(self, filled):
        filled.pleo.inject(Fault(faults.RESET_BEFORE, matching="/v0/tax-codes {", writes_only=True))
        filled.publish()
        filled.clock.forward(minutes=19)
        assert (filled.publish().outcome, len(filled.tax_book())) == ("PAUSED", 1)
        filled.clock.forward(minutes=2)

        assert (filled.publish().outcome, len(filled.tax_book())) == ("COMPLETE", 2)

    def test_obeys_a_limit(self, filled):
        filled.pleo.inject(Fault(faults.THROTTLE, times=2, seconds=30, writes_only=True))
        began = filled.clock()

        run = filled.publish()

        assert (run.outcome, counts(run)) == ("COMPLETE", {"created": 8})
        assert (filled.clock() - began).total_seconds() >= 60

    def test_goes_on_later_where_the_limit_stays(self, filled):
        filled.pleo.inject(Fault(faults.THROTTLE, times=99, seconds=20, matching="/v0/tax-codes {"))

        run = filled.publish()
        assert (run.outcome, run.due_at - run.finished_at) == ("FAILED", timedelta(seconds=20))
        filled.pleo.faults.clear()
        filled.clock.forward(seconds=60)

        assert (filled.publish().outcome, len(filled.tax_book()), UnansweredCreate.objects.count()) == ("COMPLETE", 2, 0)

    def test_never_calls_faster_than_allowed(self, filled, settings):
        settings.PLEO_CALLS_A_MINUTE = 60
        filled.pleo.settings.rate_limit = 60
        for number in range(150):
            filled.value("DEPARTMENT", f"N{number}", "x")

        run = filled.publish()

        assert run.outcome == "COMPLETE"
        assert {request["status"] for request in filled.pleo.requests} <= {200, 201}

    def test_gives_up_where_pleo_is_not_well_and_says_so(self, filled):
        filled.pleo.inject(Fault(faults.HTML_BEFORE, times=99, writes_only=True, matching="/tags {"))
        for number in range(10):
            filled.value("DEPARTMENT", f"N{number}", "x")

        run = filled.publish()

        assert run.outcome == "FAILED"
        assert "no readable answer 5 times in a row" in run.error
        assert sum(request["path"].endswith("/tags") and request["method"] == "POST" for request in filled.pleo.requests) == 5

    def test_of_a_reading_that_fails_writes_nothing(self, filled):
        filled.choose("DEPARTMENT", publish_tax_codes=False)
        filled.pleo.inject(Fault(faults.OFFLINE, matching="tag-groups"))

        run = filled.publish()

        assert (run.outcome, filled.pleo.writes(), run.due_at - run.finished_at) == ("FAILED", 0, timedelta(minutes=15))

    def test_names_a_value_that_is_refused_and_goes_on(self, filled):
        filled.pleo.settings.max_active_tags = 2

        run = filled.publish()

        assert (run.outcome, counts(run), run.left_out) == ("PARTLY", {"created": 7}, 1)
        assert about(run) == ["DEPARTMENT 300"]
        assert "Pleo refused it: Tag group already contains maximum number of active tags." in run.notes[0]["sentence"]
        assert len(filled.tax_book()) == 2

    def test_archives_the_others_where_one_of_a_hundred_is_refused(self, filled):
        filled.publish()
        copy.Department.objects.update(status="INACTIVE")
        gone = []

        def delete_one(method, path, body):
            if path == "v0/tags/archive" and not gone:
                gone.append(body["tagIds"][0])
                filled.call("DELETE", f"/v0/tags/{body['tagIds'][0]}")

        run = filled.publish(before=delete_one)

        assert (run.outcome, counts(run), filled.tags("DEPARTMENT")) == ("PARTLY", {"archived": 2}, {})

    def test_names_an_account_that_is_refused_and_goes_on(self, filled):
        filled.account("6100", "Travel")
        filled.account("6200", "Software")
        filled.choose(publish_tags=False, publish_tax_codes=False, publish_accounts=True)

        def take_it_first(method, path, body):
            if path.endswith("/batch"):
                filled.call("POST", "/v1/chart-of-accounts", {"companyId": UK.id, "externalId": "6100", "name": "x", "archived": False})

        run = filled.publish(before=take_it_first)

        assert (run.outcome, counts(run), about(run)) == ("PARTLY", {"created": 1}, ["Account 6100"])

    def test_closes_the_configuration_where_the_key_is_refused(self, filled):
        PleoCredentials.objects.update(api_key="wrong")
        wrong = PleoCredentials.objects.get()
        wrong.api_key = "wrong"
        wrong.save()
        filled.configuration.refresh_from_db()

        run = filled.publish()

        assert (run.outcome, EntityConfiguration.objects.get().closed_at is None, filled.pleo.writes()) == ("REFUSED", False, 0)
        assert "API key" in run.error
        with pytest.raises(PublishingClosed):
            filled.publish()

    def test_goes_on_with_what_the_key_may_do(self, filled):
        def forbid(method, path, body):
            if path.startswith("v0/tax-codes"):
                raise Rejected("The API key may not do this in Pleo.", code="403")

        run = filled.publish(before=forbid)

        assert (run.outcome, len(filled.tag_book()), filled.tax_book()) == ("PARTLY", 2, [])
        assert "Pleo does not show the tax codes" in run.notes[0]["sentence"]

    def test_goes_on_without_a_group_that_is_refused(self, filled):
        def refuse(method, path, body):
            if (method, path) == ("POST", "v0/tag-groups") and body["code"] == "DEPARTMENT":
                raise Rejected("The group cannot be made.", code="BAD_REQUEST")

        run = filled.publish(before=refuse)

        assert (run.outcome, filled.tag_book(), about(run)) == ("PARTLY", {OWN: {"CC10": "CC10"}}, ["Tag group DEPARTMENT"])

    def test_waits_with_the_tags_of_a_group_that_is_in_doubt(self, filled):
        filled.pleo.inject(Fault(faults.RESET_BEFORE, matching="/v0/tag-groups {"))

        first = filled.publish()
        assert (first.outcome, filled.tag_book()) == ("PAUSED", {OWN: {"CC10": "CC10"}})
        filled.clock.forward(minutes=21)

        assert (filled.publish().outcome, len(filled.tags("DEPARTMENT"))) == ("COMPLETE", 3)

    def test_does_not_try_over_and_over_what_the_key_may_not_do(self, filled):
        tried = []

        def forbid(method, path, body):
            if method == "POST" and path.endswith("/tags"):
                tried.append(path)
                raise Rejected("The API key may not do this in Pleo.", code="403")

        run = filled.publish(before=forbid)

        assert (run.outcome, len(tried), len(filled.tax_book())) == ("PARTLY", 1, 2)
        assert "Give the API key that permission in Pleo" in run.notes[0]["sentence"]

    def test_goes_on_where_a_worker_died(self, filled):
        for death in range(1, 12):
            calls = []

            def die(method, path, body, calls=calls, death=death):
                if method != "GET" and not path.endswith(":search"):
                    calls.append(path)
                    if len(calls) == death:
                        raise KeyboardInterrupt

            try:
                run = filled.publish(before=die)
            except KeyboardInterrupt:
                assert PublishRun.objects.newest().get().outcome == "FAILED"
                filled.clock.forward(minutes=21)  # the intent to create a tax code or group is kept that long
            else:
                break

        assert run.outcome == "COMPLETE"
        assert (len(filled.tags("DEPARTMENT")), len(filled.tax_book()), len(filled.books.all("pleo", "tag group"))) == (3, 2, 2)
        assert sum(each.created for each in PublishRun.objects.all()) == filled.pleo.writes() == 8

    def test_stops_when_its_time_is_up_and_goes_on(self, filled):
        run = filled.publish(stop_at=0.0)

        assert (run.outcome, run.due_at) == ("PAUSED", filled.clock())
        assert due(filled.clock()) == [filled.configuration]

    def test_comes_to_an_end_however_short_its_time_is(self, filled):
        for number in range(25):
            filled.value("DEPARTMENT", f"N{number}", "x")
        filled.tax("Orphan", "13.5", reverse_charge=True)
        runs = []
        while not runs or runs[-1].outcome == "PAUSED":
            calls = []

            def only_a_few(*_, calls=calls):
                calls.append(1)
                if len(calls) > 6:
                    raise TimeIsUp

            runs.append(filled.publish(before=only_a_few))
            assert len(runs) < 30

        assert sum(run.created for run in runs) == filled.pleo.writes() == 33
        assert (len(filled.tags("DEPARTMENT")), len(filled.tax_book())) == (28, 2)
        # What was done is not read again; what was said is still said at the end.
        searches = [request for request in filled.pleo.requests if request["path"].endswith(":search")]
        assert len(searches) == 1
        assert (runs[-1].outcome, about(runs[-1]), runs[-1].parts_done) == ("PARTLY", ["Tax code Orphan"], [])

    def test_comes_back_to_a_part_that_was_left_in_doubt(self, filled):
        filled.pleo.inject(Fault(faults.RESET_BEFORE, matching="/v0/tax-codes {", writes_only=True))

        def after_the_taxes(method, path, body):
            if path == "v0/tag-groups":
                raise TimeIsUp

        first = filled.publish(before=after_the_taxes)
        filled.clock.forward(minutes=21)

        assert (first.outcome, filled.publish().outcome, len(filled.tax_book())) == ("PAUSED", "COMPLETE", 2)

    def test_begins_anew_where_something_changed_since_its_time_was_up(self, filled):
        def after_the_taxes(method, path, body):
            if path == "v0/tag-groups":
                raise TimeIsUp

        first = filled.publish(before=after_the_taxes)
        filled.tax("New", "7")
        filled.clock.forward(minutes=1)
        filled.read_whole("tax_codes")

        assert (first.parts_done, filled.publish().outcome, len(filled.tax_book())) == (["tax codes"], "COMPLETE", 3)

    def test_is_done_by_one_worker_at_a_time(self, filled):
        with pytest.raises(LeaseBusy):
            filled.publish(before=lambda *_: filled.publish())

        assert filled.pleo.writes() == 0


@pytest.mark.django_db(transaction=True)
class TestPublishOutsideOfTransactions:
    def test_calls_pleo_with_no_transaction_open(self, filled):
        filled.account("6100", "Travel")
        filled.choose("DEPARTMENT", publish_accounts=True)
        open_ones = []

        filled.publish(before=lambda method, path, body: open_ones.append(database.in_atomic_block))

        assert open_ones
        assert set(open_ones) == {False}


class TestDue:
    def test_is_what_was_synced_and_not_published_since(self, filled):
        assert due(filled.clock()) == [filled.configuration]
        filled.clock.forward(seconds=1)
        filled.publish()
        assert due(filled.clock()) == []

        filled.clock.forward(hours=6)
        filled.read_whole("departments")
        assert due(filled.clock()) == [filled.configuration]

    def test_is_what_a_person_wishes(self, filled):
        filled.clock.forward(seconds=1)
        filled.publish()
        filled.clock.forward(seconds=1)
        filled.configuration.want_publishing(filled.clock())

        assert due(filled.clock()) == [filled.configuration]

    def test_is_tried_again_a_quarter_of_an_hour_after_a_failure(self, filled):
        filled.clock.forward(seconds=1)
        filled.pleo.inject(Fault(faults.OFFLINE))
        filled.publish()

        assert due(filled.clock() + timedelta(minutes=14)) == []
        assert due(filled.clock() + timedelta(minutes=15)) == [filled.configuration]

    def test_waits_for_the_end_of_a_sync_and_of_another_worker(self, filled):
        for name in (f"sync:{filled.connection.pk}", f"publish:{filled.configuration.pk}"):
            lease = Lease.take(name, owner="another", now=filled.clock())
            assert due(filled.clock()) == []
            lease.give_back()
            assert due(filled.clock()) == [filled.configuration]

    @pytest.mark.parametrize(
        "off",
        [
            lambda rig: rig.choose(publish_tags=False, publish_tax_codes=False),
            lambda rig: rig.choose(active=False),
            lambda rig: rig.configuration.close("refused", rig.clock()),
            lambda rig: rig.connection.close("refused", rig.clock()),
            lambda rig: PleoCredentials.objects.all().delete(),
            lambda rig: SyncRun.objects.all().delete(),
        ],
    )
    def test_is_not_what_is_closed_or_has_nothing_to_publish(self, filled, off):
        off(filled)

        assert due(filled.clock()) == []
