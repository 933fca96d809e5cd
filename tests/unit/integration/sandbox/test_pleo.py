"""The job cycle, and what Pleo refuses on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from integration.sandbox.books import Books
from integration.sandbox.pleo import PleoSandbox
from integration.sandbox.world import UK, US, entry_id, load_demo_world
from tests.unit.integration.sandbox.pleo_caller import NOW, Caller


@pytest.fixture
def pleo():
    books = Books()
    load_demo_world(books, NOW, with_jobs=False)
    return PleoSandbox(books)


@pytest.fixture
def call(pleo):
    return Caller(pleo)


@pytest.fixture
def job(pleo):
    return pleo.make_job(UK.id, [entry_id(f"UK-{number:02d}") for number in range(1, 6)], now=NOW)


class TestJobCycle:
    def test_goes_from_pending_to_completed(self, call, pleo, job):
        status, found = call("GET", "/v3/export-jobs", {"company_id": UK.id, "statuses": ["pending", "in_progress"]})
        assert (status, [each["id"] for each in found["data"]]) == (200, [job])

        assert call.event(job, "started") == (202, None)
        status, items = call("GET", "/v3/export-items", {"job_id": job})
        assert status == 200 and len(items["data"]) == 5
        for item in items["data"]:
            change = {"accountingEntryId": item["accountingEntryId"], "status": "successful", "externalId": "17"}
            status, answer = call.update(job, change | {"exportedAt": "2026-07-15T09:31:00Z"})
            assert status == 200 and answer["errors"] == []
        assert call.event(job, "completed") == (202, None)

        assert pleo.jobs()[0]["status"] == "completed"
        assert {item["status"] for item in pleo.items(job)} == {"successful"}
        assert all(pleo.entry(item["accountingEntryId"])["exported"] for item in pleo.items(job))

    def test_exports_what_is_left_with_the_next_click(self, call, pleo, job):
        call.event(job, "started")
        call.finish(job)
        call.event(job, "completed")

        again = pleo.make_job(UK.id, now=NOW)

        assert len(pleo.items(again)) == 54 - 5

    def test_exports_exported_entries_again_when_asked_by_the_api(self, call, pleo, job):
        call.event(job, "started")
        call.finish(job)
        call.event(job, "completed")

        status, made = call("POST", "/v3/export-jobs", body={"companyId": UK.id, "accountingEntryIds": [entry_id("UK-01")]})

        assert status == 201
        assert made["data"]["status"] == "pending" and made["data"]["numberOfItems"] == 1

    def test_completes_with_errors_when_one_failed(self, call, pleo, job):
        call.event(job, "started")
        call.finish(job)
        failed = {"accountingEntryId": entry_id("UK-02"), "status": "failed", "failureReasonType": "account_unknown"}
        call.update(job, failed | {"failureReason": "no such account"})

        assert call.event(job, "completed")[0] == 422
        assert call.event(job, "completed_with_errors")[0] == 202
        assert pleo.items(job)[1]["failureReasonType"] == "account_unknown"

    @pytest.mark.parametrize("event", ["completed", "completed_with_errors"])
    def test_does_not_complete_before_every_item_is_final(self, call, job, event):
        call.event(job, "started")

        status, answer = call.event(job, event)

        assert (status, answer["type"]) == (422, "INVALID_EXPORT_JOB_STATUS_CHANGE")

    def test_does_not_start_twice(self, call, job):
        call.event(job, "started")

        assert call.event(job, "started")[1]["type"] == "INVALID_EXPORT_JOB_STATUS_CHANGE"

    def test_does_not_complete_what_was_not_started(self, call, job):
        call.finish(job)

        assert call.event(job, "completed")[0] == 422

    def test_abandons_what_is_open_when_a_job_fails(self, call, pleo, job):
        call.update(job, {"accountingEntryId": entry_id("UK-01"), "status": "successful"})
        status, _ = call.event(job, "failed", failureReason="no", failureReasonType="missing_configuration")

        assert status == 202
        assert [item["status"] for item in pleo.items(job)] == ["successful"] + ["abandoned"] * 4
        assert pleo.jobs()[0]["failureReasonType"] == "missing_configuration"
        assert pleo.entry(entry_id("UK-02"))["openJob"] == ""


class TestExpiry:
    def test_ends_a_job_an_hour_after_its_last_update(self, call, pleo, job):
        call.now = NOW + timedelta(minutes=50)
        call.event(job, "started")
        call.now = NOW + timedelta(minutes=100)
        call.update(job, {"accountingEntryId": entry_id("UK-01"), "status": "in_progress"})
        call.now = NOW + timedelta(minutes=159)
        assert call("GET", f"/v3/export-jobs/{job}")[1]["data"]["status"] == "in_progress"

        call.now = NOW + timedelta(minutes=160)
        _, found = call("GET", f"/v3/export-jobs/{job}")

        assert found["data"]["status"] == "failed"
        assert found["data"]["failureReasonType"] == "job_expired"
        assert found["data"]["expiredAt"] == "2026-07-15T12:10:00Z"
        assert {item["status"] for item in pleo.items(job)} == {"abandoned"}

    def test_refuses_everything_about_an_ended_job(self, call, pleo, job):
        call.now = NOW + timedelta(hours=2)

        items = call("GET", "/v3/export-items", {"job_id": job})
        update = call.update(job, {"accountingEntryId": entry_id("UK-01"), "status": "successful"})

        assert (items[0], items[1]["type"]) == (422, "EXPORT_JOB_STATUS_UNPROCESSABLE")
        assert (update[0], update[1]["type"]) == (422, "EXPORT_JOB_STATUS_UNPROCESSABLE")
        assert call.event(job, "started")[0] == 422

    def test_takes_the_time_limit_from_the_job(self, call, pleo):
        job = pleo.make_job(UK.id, [entry_id("UK-01")], now=NOW, expires_in=10)
        call.now = NOW + timedelta(seconds=11)

        assert call("GET", f"/v3/export-jobs/{job}")[1]["data"]["status"] == "failed"


class TestCreateJob:
    def test_refuses_a_second_open_job(self, call, job):
        status, answer = call("POST", "/v3/export-jobs", body={"companyId": UK.id, "accountingEntryIds": [entry_id("UK-09")]})

        assert (status, answer["type"]) == (409, "EXPORT_ALREADY_IN_PROGRESS")

    @pytest.mark.parametrize("label", ["UK-99", "US-01"])
    def test_refuses_entries_that_the_company_does_not_have(self, call, label):
        status, answer = call("POST", "/v3/export-jobs", body={"companyId": UK.id, "accountingEntryIds": [entry_id(label)]})

        assert (status, answer["type"]) == (404, "EXPORT_ENTRY_NOT_FOUND")

    def test_refuses_a_currency_that_nobody_mapped(self, call, pleo):
        company = pleo.books.get("pleo", "company", UK.id)
        pleo.books.put("pleo", "company", UK.id, company | {"contraAccounts": {}})

        status, answer = call("POST", "/v3/export-jobs", body={"companyId": UK.id, "accountingEntryIds": [entry_id("UK-01")]})

        assert (status, answer["type"]) == (400, "MISSING_CONTRA_ACCOUNTS")

    def test_gives_vendor_data_only_where_the_job_wants_it(self, call, pleo):
        entries = [entry_id("UK-26")]
        plain = pleo.make_job(UK.id, entries, now=NOW)
        without = call("GET", "/v3/export-items", {"job_id": plain})[1]["data"][0]
        call.event(plain, "failed", failureReason="Enough.", failureReasonType="validation_failure")

        body = {"companyId": UK.id, "accountingEntryIds": entries, "options": {"vendorBasedBookkeeping": True}}
        made = call("POST", "/v3/export-jobs", body=body)[1]["data"]
        with_vendor = call("GET", "/v3/export-items", {"job_id": made["id"]})[1]["data"][0]

        assert "vendor" not in without and "bookkeeping" not in without
        assert with_vendor["vendor"]["code"] == "V-MASON"


class TestUpdateItems:
    def test_names_entries_that_are_not_in_the_job(self, call, job):
        status, answer = call.update(
            job,
            {"accountingEntryId": entry_id("UK-20"), "status": "successful"},
            {"accountingEntryId": entry_id("UK-01"), "status": "successful"},
        )

        assert status == 200
        assert [each["accountingEntryId"] for each in answer["data"]] == [entry_id("UK-01")]
        assert [each["type"] for each in answer["errors"]] == ["ACCOUNTING_ENTRY_DOES_NOT_EXIST"]

    def test_refuses_more_than_a_hundred(self, call, job):
        change = {"accountingEntryId": entry_id("UK-01"), "status": "successful"}

        status, answer = call.update(job, *([change] * 101))

        assert (status, answer["type"]) == (413, "EXPORT_JOB_ITEMS_UPDATE_LIMIT")

    @pytest.mark.parametrize(
        "change",
        [
            {"status": "done"},
            {"status": "failed", "failureReasonType": "job_expired"},
            {"status": "successful", "exportedAt": "2026-07-15"},
            {"status": "successful", "externalID": "1"},
            {"status": "successful", "externalId": 1},
            {},
        ],
    )
    def test_refuses_what_the_schema_does_not_know(self, call, job, change):
        assert call.update(job, {"accountingEntryId": entry_id("UK-01")} | change)[0] == 400


class TestChangeEntry:
    def test_keeps_the_sums_right(self, call, pleo):
        pleo.change_entry(entry_id("UK-11"), line=2, amount=2100, account="6600", tags={"DEPARTMENT": "100", "CLASS": "C-20"})

        item = pleo.entry(entry_id("UK-11"))["item"]
        line = item["accountingEntryLines"][1]
        assert item["amount"]["inWalletCurrency"]["value"] == 12900
        assert (line["netAmount"]["inWalletCurrency"]["value"], line["tax"]["amount"]["inWalletCurrency"]["value"]) == (
            2000,
            100,
        )
        assert line["account"]["code"] == "6600"
        assert {tag["groupCode"]: tag["code"] for tag in line["tags"]} == {"DEPARTMENT": "100", "CLASS": "C-20"}

    def test_changes_fields_and_files(self, call, pleo):
        before = pleo.entry(entry_id("UK-01"))["files"]

        pleo.change_entry(entry_id("UK-01"), note="mended", files=("png", "png"))

        entry = pleo.entry(entry_id("UK-01"))
        assert entry["item"]["note"] == "mended"
        assert len(entry["files"]) == 2 and not set(before) & set(entry["files"])

    def test_makes_no_job_of_what_another_company_has(self, pleo):
        with pytest.raises(Exception, match="cannot be exported"):
            pleo.make_job(US.id, [entry_id("UK-01")], now=NOW)

    def test_refuses_a_field_that_no_item_has(self, pleo):
        with pytest.raises(ValueError, match="remark"):
            pleo.change_entry(entry_id("UK-01"), remark="x")


class TestMakeJob:
    def test_refuses_when_nothing_is_left(self, pleo):
        pleo.make_job(UK.id, now=NOW)

        with pytest.raises(Exception, match="no entry left"):
            pleo.make_job(UK.id, now=NOW)

    def test_takes_up_what_an_expired_job_gave_back(self, pleo, job):
        again = pleo.make_job(UK.id, [entry_id("UK-01")], now=NOW + timedelta(hours=1))

        assert [each["status"] for each in pleo.jobs()] == ["failed", "pending"]
        assert pleo.items(again)[0]["status"] == "pending"
