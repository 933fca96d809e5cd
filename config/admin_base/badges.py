"""One look for each state, the same everywhere: an icon, a word and a colour, never the colour alone (docs/ux.md, section 2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString

from exports.models import Document, ExportJob, ExportRecord, Receipt
from referencedata.models import PublishRun, Status, SyncRun


@dataclass(frozen=True, slots=True)
class Look:
    """icon: a name of Material Symbols, which we serve ourselves. tone: green, blue, amber, red or grey."""

    icon: str
    tone: str
    outlined: bool = False


_LONG = 16  # characters from which a word may break in a list
_DONE, _ON_ITS_WAY, _DOUBT = Look("check_circle", "green"), Look("schedule", "blue"), Look("search", "amber")
_RED, _REVIEW, _GREY = Look("error", "red"), Look("rule", "red", outlined=True), Look("block", "grey")

EXPENSE: Mapping[str, Look] = {
    ExportRecord.Status.WAITING: _ON_ITS_WAY,
    ExportRecord.Status.SENDING: Look("send", "blue"),
    ExportRecord.Status.UNKNOWN: _DOUBT,
    ExportRecord.Status.AWAITING_APPROVAL: Look("approval", "blue", outlined=True),
    ExportRecord.Status.DRAFT: Look("edit_note", "blue", outlined=True),
    ExportRecord.Status.POSTED: _DONE,
    ExportRecord.Status.NEEDS_FIX: _RED,
    ExportRecord.Status.REVIEW: _REVIEW,
    ExportRecord.Status.REVERSED: Look("undo", "grey"),
    ExportRecord.Status.SKIPPED: Look("redo", "grey"),
}
DOCUMENT: Mapping[str, Look] = {
    Document.State.PLANNED: _ON_ITS_WAY,
    Document.State.IN_FLIGHT: Look("send", "blue"),
    Document.State.UNKNOWN: _DOUBT,
    Document.State.CONFIRMED: _DONE,
    Document.State.REJECTED: _RED,
    Document.State.REVIEW: _REVIEW,
    Document.State.CANCELLED: _GREY,
}
JOB: Mapping[str, Look] = {
    ExportJob.State.SEEN: _ON_ITS_WAY,
    ExportJob.State.STARTED: _ON_ITS_WAY,
    ExportJob.State.COLLECTED: _ON_ITS_WAY,
    ExportJob.State.REPORTED: _ON_ITS_WAY,
    ExportJob.State.FINISHED: _DONE,
    ExportJob.State.ENDED_BY_PLEO: Look("timer_off", "grey"),
}
RECEIPT: Mapping[str, Look] = {
    Receipt.State.FETCHED: _ON_ITS_WAY,
    Receipt.State.ATTACHED: _DONE,
    Receipt.State.DUPLICATE: Look("content_copy", "grey"),
    Receipt.State.NOT_ATTACHED: Look("link_off", "amber"),
}
SYNC: Mapping[str, Look] = {
    SyncRun.Outcome.RUNNING: Look("sync", "blue"),
    SyncRun.Outcome.COMPLETE: _DONE,
    SyncRun.Outcome.HELD: _RED,
    SyncRun.Outcome.PAUSED: Look("sync", "blue"),
    SyncRun.Outcome.INCOMPLETE: _RED,
    SyncRun.Outcome.REFUSED: _RED,
    SyncRun.Outcome.ABSENT: _GREY,
    SyncRun.Outcome.FAILED: Look("hourglass_bottom", "amber"),
}
PUBLISHING: Mapping[str, Look] = {
    PublishRun.Outcome.RUNNING: Look("sync", "blue"),
    PublishRun.Outcome.COMPLETE: _DONE,
    PublishRun.Outcome.PARTLY: Look("warning", "amber"),
    PublishRun.Outcome.PAUSED: _ON_ITS_WAY,
    PublishRun.Outcome.REFUSED: _RED,
    PublishRun.Outcome.FAILED: Look("hourglass_bottom", "amber"),
}
MIRROR: Mapping[str, Look] = {
    Status.ACTIVE: _DONE,
    Status.NON_POSTING: Look("do_not_disturb_on", "amber"),
    Status.INACTIVE: _GREY,
}


def state_badge(status: str) -> SafeString:
    """Return how the state of an expense looks: in lists, on its page, on the dashboard."""
    return badge(ExportRecord.Status(status).label, EXPENSE[status])


def document_badge(state: str) -> SafeString:
    return badge(_capital(Document.State(state).label), DOCUMENT[state])


def job_badge(state: str) -> SafeString:
    return badge(_capital(ExportJob.State(state).label), JOB[state])


def receipt_badge(state: str) -> SafeString:
    return badge(_capital(Receipt.State(state).label), RECEIPT.get(state, Look("warning", "amber")))


def sync_badge(outcome: str) -> SafeString:
    return badge(SyncRun.Outcome(outcome).label, SYNC[outcome])


def publish_badge(outcome: str) -> SafeString:
    return badge(PublishRun.Outcome(outcome).label, PUBLISHING[outcome])


def mirror_badge(status: str, *, gone: bool) -> SafeString:
    return badge("Gone from Sage Intacct", Look("delete", "grey")) if gone else badge(Status(status).label, MIRROR[status])


def passed_badge(passed: bool, word: str = "") -> SafeString:
    return badge(word or ("Passed" if passed else "Needs you"), _DONE if passed else _RED)


def badge(word: str, look: Look) -> SafeString:
    classes = f"badge badge-{look.tone}{' badge-outlined' if look.outlined else ''}{' badge-long' if len(word) > _LONG else ''}"
    return format_html(
        '<span class="{}"><span class="material-symbols-outlined" aria-hidden="true">{}</span>{}</span>', classes, look.icon, word
    )


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]
