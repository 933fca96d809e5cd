"""What an operator may do with expenses. Each action says first what it will do, and with which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone

from config.admin_base.actions import Explain, Explanation, confirmed_action
from exports import tasks
from exports.models import Document, ExportRecord
from exports.models.standing import NOT_YET_IN_LEDGER

_IN_DOUBT = (Document.State.UNKNOWN, Document.State.REJECTED)
_ALLOW_DATE = (
    "These expenses are dated before the first posting date. You say that nobody has posted them yet: they are asked for again and posted."
)
_KEEP = (
    "You say that what stands in the ledger is right, although the expense was changed in Pleo afterwards. Nothing is sent to "
    "Sage Intacct; Pleo is told that these expenses are done."
)
_RELEASE = (
    "You have looked in Sage Intacct, and it does not have what is disputed. It is looked up there once more first. What is found then is "
    "shown here instead; only what is not found is sent again, under a new id."
)
_REVERSE = (
    "What is posted is taken back in Sage Intacct: a journal entry by an entry of ours with debit and credit exchanged, its VAT too; a "
    "bill by its reversal, after its payment was voided there. It is read there first, and nothing is taken back twice. Afterwards "
    "another person can post the new version."
)
_REVERSED_THERE = (
    "You have reversed, voided or deleted it in Sage Intacct yourself. That is read there within the next minutes before it is believed. "
    "Nothing is written there. Afterwards another person can post the new version."
)
_POST_AGAIN = (
    "What was posted has been reversed. Pleo is asked for these expenses again, and their newest version is posted under a reference of "
    "its own."
)
_CONFIRM_DIRECTION = (
    "You say that these entries go the way their problem describes. The answer holds for all entries of the same kind and sign in this "
    "Intacct company, now and later. They are asked for again and posted so."
)
_ADOPT_BILL = (
    "You say that the bill Sage Intacct has under this vendor and number is this very invoice. It is not posted again; its amount must be "
    "Pleo's. Pleo is told that it is there."
)
_ADOPT = (
    "You say that what Sage Intacct has under our reference is this expense, as it stands there. "
    "Nothing is sent; Pleo is told that it is done."
)
_TRY_AGAIN = (
    "You have mended what the problem names. The bill is read again, what was refused is looked up, and it is sent if Sage Intacct "
    "does not have it. What is posted already is not touched."
)
_SETTLED = (
    "The bill is in the ledger, and you have settled it in Sage Intacct yourself (paid it, or attached the files). What was still "
    "to be sent for it is not sent."
)
_SKIP = "Nothing is posted for these expenses, now or later, and Pleo is told that they are done."
_TWO = (
    "It takes two people for {} of these (Connections › Two people): where another person has asked for it before, it is done now; else it "
    "waits until another person agrees."
)
_NOT_NOW = "This decision does not arise for it now."


def _explain_export_again(queryset: Any) -> Explanation:
    chosen, left_alone = [], []
    for record in queryset.select_related("configuration__connection"):
        if record.may_be_exported_again:
            chosen.append(record)
        else:
            left_alone.append((record, _why_not_again(record)))
    return Explanation(
        "Pleo is asked for one new export job with these expenses, as soon as no other export job of their company is open. "
        "Each is then checked anew and posted. What is in the ledger already is not posted a second time; Pleo only learns "
        "that it is there.",
        chosen,
        left_alone,
    )


def _why_not_again(record: ExportRecord) -> str:
    status = ExportRecord.Status
    if record.status == status.SKIPPED and record.reported_at:
        return "Nothing is to be posted, and Pleo knows."
    if record.in_ledger and record.reported_at:
        return "It is in the ledger, and Pleo knows."
    if record.status in NOT_YET_IN_LEDGER and record.reported_at:
        return "Sage Intacct has it, and Pleo knows; somebody has to approve or post it there."
    if record.status in (status.SENDING, status.UNKNOWN):
        return "It is under way; its outcome comes first."
    return "An export job that is open now offers it already."


def _explain_look_up(queryset: Any) -> Explanation:
    in_doubt = set(Document.objects.filter(record__in=queryset, state__in=_IN_DOUBT).values_list("record", flat=True))
    records = list(queryset.select_related("configuration__connection"))
    return Explanation(
        "Sage Intacct is asked within the next minutes whether it has what we sent for these expenses. Nothing is written there.",
        [record for record in records if record.pk in in_doubt],
        [(record, "None of its documents is in doubt or refused.") for record in records if record.pk not in in_doubt],
    )


def _explain_agree(queryset: Any) -> Explanation:
    records = list(queryset.select_related("configuration__connection", "asked_by"))
    return Explanation(
        "Another person has asked for what stands here. You have looked at it too, and say that it is right: it is done now.",
        [record for record in records if record.asked],
        [(record, "Nothing is asked of a second person about it now.") for record in records if not record.asked],
    )


def _explain_withdraw(queryset: Any) -> Explanation:
    return replace(_explain_agree(queryset), happens="What was asked of a second person is not asked any more. Nothing is done.")


def _explain_decision(name: str, happens: str) -> Explain:
    def explain(queryset: Any) -> Explanation:
        records = list(queryset.select_related("configuration__connection"))
        two = sum(name in record.decisions and record.takes_two(name) for record in records)
        return Explanation(
            f"{happens} {_TWO.format(two)}" if two else happens,
            [record for record in records if name in record.decisions],
            [(record, _NOT_NOW) for record in records if name not in record.decisions],
        )

    return explain


class ExpenseActions:
    """The actions of the list and of the page of an expense. All of them need the right to operate."""

    message_user: Callable[..., None]

    @confirmed_action("Export again", permissions=["operate"], explain=_explain_export_again)
    def export_again(self, request: HttpRequest, queryset: Any) -> None:
        done, skipped = queryset.export_again(by=request.user, now=timezone.now())
        tasks.wake_collectors(done)
        self.message_user(request, f"{len(done)} will be asked for again.")
        if skipped:
            self.message_user(request, f"{len(skipped)} left alone: they are under way, or in the ledger and Pleo knows.", messages.WARNING)

    @confirmed_action("Look up in Sage Intacct", permissions=["operate"], explain=_explain_look_up)
    def look_up(self, request: HttpRequest, queryset: Any) -> None:
        done, skipped = queryset.look_up(by=request.user, now=timezone.now())
        tasks.wake_lanes(done)
        self.message_user(request, f"{len(done)} will be looked up in Sage Intacct.")
        if skipped:
            self.message_user(request, f"{len(skipped)} left alone: none of their documents is in doubt or refused.", messages.WARNING)

    @confirmed_action("Allow the date", permissions=["operate"], explain=_explain_decision("allow_date", _ALLOW_DATE))
    def allow_date(self, request: HttpRequest, queryset: Any) -> None:
        self._decide(request, queryset, "allow_date")

    @confirmed_action("Keep what is posted", permissions=["operate"], explain=_explain_decision("keep", _KEEP))
    def keep(self, request: HttpRequest, queryset: Any) -> None:
        self._decide(request, queryset, "keep")

    @confirmed_action(
        "Reverse it in Sage Intacct",
        permissions=["operate"],
        explain=_explain_decision("reverse", _REVERSE),
        asks="Why is it reversed? It stands in the text of the reversal.",
    )
    def reverse(self, request: HttpRequest, queryset: Any) -> None:
        self._decide(request, queryset, "reverse", request.POST["answer"].strip())

    @confirmed_action(
        "I have reversed it in Sage Intacct",
        permissions=["operate"],
        explain=_explain_decision("reversed_there", _REVERSED_THERE),
        asks="Why and how was it reversed?",
    )
    def reversed_there(self, request: HttpRequest, queryset: Any) -> None:
        self._decide(request, queryset, "reversed_there", request.POST["answer"].strip())

    @confirmed_action("Post the new version", permissions=["operate"], explain=_explain_decision("post_again", _POST_AGAIN))
    def post_again(self, request: HttpRequest, queryset: Any) -> None:
        self._decide(request, queryset, "post_again")

    @confirmed_action("It is not in Sage Intacct", permissions=["operate"], explain=_explain_decision("release", _RELEASE))
    def release(self, request: HttpRequest, queryset: Any) -> None:
        self._decide(request, queryset, "release")

    @confirmed_action("Confirm the direction", permissions=["operate"], explain=_explain_decision("confirm_direction", _CONFIRM_DIRECTION))
    def confirm_direction(self, request: HttpRequest, queryset: Any) -> None:
        self._decide(request, queryset, "confirm_direction")

    @confirmed_action("Adopt the bill", permissions=["operate"], explain=_explain_decision("adopt_bill", _ADOPT_BILL))
    def adopt_bill(self, request: HttpRequest, queryset: Any) -> None:
        self._decide(request, queryset, "adopt_bill")

    @confirmed_action("It is the one in Sage Intacct", permissions=["operate"], explain=_explain_decision("adopt", _ADOPT))
    def adopt(self, request: HttpRequest, queryset: Any) -> None:
        self._decide(request, queryset, "adopt")

    @confirmed_action("Try again", permissions=["operate"], explain=_explain_decision("try_again", _TRY_AGAIN))
    def try_again(self, request: HttpRequest, queryset: Any) -> None:
        self._decide(request, queryset, "try_again")

    @confirmed_action(
        "Settled by hand",
        permissions=["operate"],
        explain=_explain_decision("settled_by_hand", _SETTLED),
        asks="How was it settled in Sage Intacct?",
    )
    def settled_by_hand(self, request: HttpRequest, queryset: Any) -> None:
        self._decide(request, queryset, "settled_by_hand", request.POST["answer"].strip())

    @confirmed_action(
        "Skip: booked by hand", permissions=["operate"], explain=_explain_decision("skip", _SKIP), asks="How and where were they booked?"
    )
    def skip(self, request: HttpRequest, queryset: Any) -> None:
        self._decide(request, queryset, "skip", request.POST["answer"].strip())

    @confirmed_action("Agree", permissions=["operate"], explain=_explain_agree)
    def agree(self, request: HttpRequest, queryset: Any) -> None:
        self._each(request, queryset, lambda record: record.agree(by=request.user, now=timezone.now()), "agreed to")

    @confirmed_action("Withdraw", permissions=["operate"], explain=_explain_withdraw)
    def withdraw(self, request: HttpRequest, queryset: Any) -> None:
        for record in queryset:
            record.withdraw(by=request.user, now=timezone.now())
        self.message_user(request, f"{len(queryset)} withdrawn.")

    def _decide(self, request: HttpRequest, queryset: Any, name: str, *said: str) -> None:
        chosen = [record.pk for record in queryset.select_related("configuration__connection") if name in record.decisions]
        mine = queryset.filter(pk__in=chosen)
        self._each(request, mine, lambda record: record.decide(name, *said, by=request.user, now=timezone.now()), "decided")

    def _each(self, request: HttpRequest, queryset: Any, decide: Callable[[ExportRecord], bool], word: str) -> None:
        """Decide about each expense; say how many that were, how many wait for a second person, and why not the others."""
        done, waiting = [], 0
        for record in queryset.select_related("configuration__connection"):
            try:
                if decide(record):
                    done.append(record)
                else:
                    waiting += 1
            except ValueError as refused:
                self.message_user(request, f"{record}: {refused}", messages.WARNING)
        # Whatever was decided may be due in either system now; what is not does no harm.
        tasks.wake_lanes(done)
        tasks.wake_collectors(done)
        asked = [record for record in done if record.export_again_at]
        pleo = f" Pleo is asked for {'it' if len(asked) == 1 else 'them'} again." if asked else ""
        self.message_user(request, f"{len(done)} {word}.{pleo}")
        if waiting:
            self.message_user(request, f"{waiting} {'waits' if waiting == 1 else 'wait'} for a second person, who has to agree.")
