"""Ready to export? Each condition, met or with the step that is missing."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from integration.models import ConnectionCheck, EntityConfiguration, IntacctCredentials, PleoCredentials
from referencedata.codes import findings_for
from referencedata.models import SyncRun


@dataclass(frozen=True, slots=True)
class Step:
    """One condition. what: what is true or not. mend: what to do where it is not. link: where."""

    done: bool
    what: str
    mend: str = ""
    link: str = ""


def steps(configuration: EntityConfiguration) -> list[Step]:
    """Return what has to be there before an expense can be exported, in the order in which it is set up. Asks no other system."""
    connection = configuration.connection
    there = reverse("admin:integration_connection_change", args=[connection.pk])
    return [
        _open("The connection", connection.active, connection.closed_reason, there),
        Step(
            IntacctCredentials.objects.filter(connection=connection).exists(),
            "The credentials for Sage Intacct are saved.",
            "Save user and password of the Web Services user with the connection.",
            there,
        ),
        _open("This entity configuration", configuration.active, configuration.closed_reason, ""),
        Step(
            PleoCredentials.objects.filter(configuration=configuration).exists(),
            "The Pleo API key is saved.",
            "Save it above (Pleo: Settings › API Keys).",
        ),
        _synced(configuration, there),
        *_checked(configuration, there),
        *_stopped(configuration),
        *_usable(configuration),
    ]


def _open(what: str, active: bool, closed_reason: str, link: str) -> Step:
    if closed_reason:
        return Step(False, f"{what} is open.", f"It was closed: {closed_reason} Save new credentials, or test the connection.", link)
    return Step(active, f"{what} is switched on.", "Switch it on (Active).", link)


def _synced(configuration: EntityConfiguration, there: str) -> Step:
    runs = list(SyncRun.objects.filter(connection=configuration.connection).newest())
    wrong = next((run for run in runs if run.outcome not in SyncRun.ALL_RIGHT), None)
    mend = f"{wrong.label}: {wrong.error}" if wrong else "Choose “Sync with Sage Intacct” on the connection."
    return Step(bool(runs) and wrong is None, "Accounts, dimensions and taxes are copied from Sage Intacct, whole.", mend, there)


def _checked(configuration: EntityConfiguration, there: str) -> list[Step]:
    checks = [
        each
        for each in ConnectionCheck.objects.filter(connection=configuration.connection)
        if each.configuration_id in (None, configuration.pk)
    ]
    failed = [each for each in checks if not each.passed]
    if failed:
        return [Step(False, f"{each.label}.", " ".join(filter(None, (each.message, each.remedy))), there) for each in failed]
    return [
        Step(bool(checks), "The connection was tested, and everything was let in.", "Choose “Test connection” on the connection.", there)
    ]


def _stopped(configuration: EntityConfiguration) -> list[Step]:
    return [Step(False, "The last run went through.", configuration.trouble)] if configuration.trouble else []


def _usable(configuration: EntityConfiguration) -> list[Step]:
    found = findings_for(configuration)
    if found:
        return [Step(False, "Every code can be used.", finding.sentence) for finding in found]
    return [Step(True, "Every code on this page can be used in Sage Intacct.")]
