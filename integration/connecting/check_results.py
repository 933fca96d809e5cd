"""What the checks of a connection say: their labels, the menu path that mends each, and how results are kept.

Source of the menu paths: docs/reference/intacct/07-limits-setup-formats-rest.md, section 7.2;
docs/reference/pleo-api.md, section 2.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from integration.models import Connection, ConnectionCheck, EntityConfiguration

TEST_AGAIN = "Wait a few minutes and test the connection again."

# Checks of the connection, in the order in which a request meets them: name -> (label, what mends it).
SIGN_IN = {
    "intacct_reachable": (
        "Sage Intacct can be reached",
        "Check the address of the connection (Connections › {connection} › Endpoint). " + TEST_AGAIN,
    ),
    "sender_accepted": (
        "Sage Intacct accepts the sender",
        "Enter sender ID and password exactly as Sage gave them with the Web Services licence; capitals matter "
        "(Connections › {connection} › Credentials). If they are right, ask your Sage account manager.",
    ),
    "web_services": (
        "The company has subscribed to Web Services",
        "Subscribe to Web Services in Sage Intacct (Company › Admin › Subscriptions).",
    ),
    "sender_authorised": (
        "The company lets the sender in",
        "Add the sender ID, spelt exactly as here and with status Active, in Sage Intacct "
        "(Company › Setup › Configuration › Company › Security › Web Services authorizations).",
    ),
    "user_accepted": (
        "Sage Intacct accepts the Web Services user",
        "Check company ID, user and password here (Connections › {connection} › Credentials), and that the user is active, of type "
        "Business, and not kept out by an IP filter in Sage Intacct (Company › Admin › Web Services users). Sage Intacct locks users "
        "out after several wrong passwords: test again only after you have changed something.",
    ),
}  # fmt: skip
CONFIGURATION = {
    "entity": (
        "The user may enter entity {entity}",
        "Give the Web Services user access to {entity} in Sage Intacct (Company › Admin › Web Services users › Entities), and check "
        "that the entity exists and is active (Company › Setup › Entities).",
    ),
    "attachment_folder": (
        "Receipts can be attached in {entity}",
        "Give the role of the Web Services user all permissions for attachments (Company › Admin › Roles › Company).",
    ),
    "pleo_reachable": ("Pleo can be reached", "Check the address of Pleo (Connections › {connection} › Pleo address). " + TEST_AGAIN),
    "pleo_key": (
        "Pleo accepts the API key",
        "Make a new key in Pleo (Settings › API Keys) and save it here (Entity configurations › {entity} › Pleo API key).",
    ),
    "pleo_company": (
        "The API key belongs to this Pleo company",
        "Make the API key in the Pleo company that posts into {entity}, with permission to read companies (Settings › API Keys), or "
        "correct the company here (Entity configurations › {entity} › Pleo company).",
    ),
    "pleo_jobs": (
        "The API key may read export jobs",
        "Make an API key with the permissions export-jobs:read, export-jobs:write and export-items:read in Pleo (Settings › API Keys).",
    ),
    "pleo_lists": (
        "The API key may see what Pleo's users choose from",
        "Make an API key with the permissions for tags and tax codes in Pleo (Settings › API Keys), or switch off what is not wanted here "
        "(Entity configurations › {entity} › Published to Pleo).",
    ),
    "pleo_installation": (
        "Pleo knows that this integration is installed",
        "Switch the integration on again in Pleo (Settings › Accounting), then test the connection again.",
    ),
    "settings": ("The settings agree with Sage Intacct", "Correct them here (Entity configurations › {entity})."),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Object:
    """An object we read. optional: a company without its module can do without it."""

    name: str
    field: str
    what: str
    module: str
    optional: bool = False


OBJECTS = (
    Object("GLACCOUNT", "ACCOUNTNO", "accounts", "General Ledger"),
    Object("JOURNAL", "SYMBOL", "journals", "General Ledger"),
    Object("LOCATIONENTITY", "LOCATIONID", "entities", "Company"),
    Object("LOCATION", "LOCATIONID", "locations", "Company"),
    Object("DEPARTMENT", "DEPARTMENTID", "departments", "Company"),
    Object("CLASS", "CLASSID", "classes", "Company", optional=True),
    Object("PROJECT", "PROJECTID", "projects", "Projects", optional=True),
    Object("EMPLOYEE", "EMPLOYEEID", "employees", "Company", optional=True),
    Object("VENDOR", "VENDORID", "vendors", "Accounts Payable"),
    Object("TAXDETAIL", "DETAILID", "tax details", "Taxes", optional=True),
    Object("TAXSOLUTION", "SOLUTIONID", "tax solutions", "Taxes", optional=True),
    Object("CHECKINGACCOUNT", "BANKACCOUNTID", "checking accounts", "Cash Management"),
    Object("GLBATCH", "RECORDNO", "journal entries", "General Ledger"),
    Object("GLENTRY", "RECORDNO", "lines of journal entries", "General Ledger"),
)
# Which of the two names a company knows is not settled (docs/assumptions.md, D8): one is enough.
OTHER_NAME = {"JOURNAL": "GLJOURNAL"}


@dataclass(frozen=True, slots=True)
class Check:
    """remedy: what to do; given exactly where it did not pass."""

    name: str
    label: str
    passed: bool
    message: str = ""
    remedy: str = ""
    configuration: EntityConfiguration | None = None


@dataclass(slots=True)
class Report:
    """What was found, and what has to be closed or opened for it; written at the end, in one go."""

    connection: Connection
    checks: list[Check] = field(default_factory=list)
    closures: dict[Connection | EntityConfiguration, str] = field(default_factory=dict)
    company_names: dict[EntityConfiguration, str] = field(default_factory=dict)

    def passed(self, *names: str, message: str = "", of: EntityConfiguration | None = None) -> None:
        for name in names:
            self.checks.append(Check(name, self._texts(name, of)[0], True, message, configuration=of))

    def failed(self, name: str, message: str, *, of: EntityConfiguration | None = None, remedy: str = "") -> None:
        label, usual = self._texts(name, of)
        self.checks.append(Check(name, label, False, message, remedy or usual, configuration=of))

    def not_tried(self, names: Iterable[str], first: str, *, of: EntityConfiguration | None = None) -> None:
        """Of these nothing is known now, so an older good result must not stand."""
        for name in names:
            self.failed(name, "Not tried.", of=of, remedy=f"Mend this first: {first}. Then test the connection again.")

    def has_passed(self, *names: str, of: EntityConfiguration) -> bool:
        return {check.name for check in self.checks if check.passed and check.configuration == of} >= set(names)

    def _texts(self, name: str, of: EntityConfiguration | None) -> tuple[str, str]:
        label, remedy = (SIGN_IN | CONFIGURATION)[name]
        words = {"connection": self.connection.name, "entity": of.intacct_entity if of else ""}
        return label.format(**words), remedy.format(**words)

    def store(self, now: datetime) -> list[ConnectionCheck]:
        with transaction.atomic():
            kept = [store(self.connection, check, position, now) for position, check in enumerate(self.checks)]
            ConnectionCheck.objects.filter(connection=self.connection).exclude(pk__in=[row.pk for row in kept]).delete()
            for configuration, name in self.company_names.items():
                EntityConfiguration.objects.filter(pk=configuration.pk).update(pleo_company_name=name[:200])
            for closed, reason in self.closures.items():
                if reason:
                    closed.close(reason, now)
                else:
                    closed.reopen()
        return kept


def store(connection: Connection, check: Check, position: int, now: datetime) -> ConnectionCheck:
    row, _ = ConnectionCheck.objects.update_or_create(
        connection=connection,
        configuration=check.configuration,
        name=check.name,
        defaults={
            "label": check.label[:200],
            "passed": check.passed,
            "message": check.message,
            "remedy": check.remedy,
            "checked_at": now,
            "position": position,
        },
    )
    return row
