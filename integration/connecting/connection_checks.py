"""Try everything a connection needs, and say what mends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction

from integration.clock import Clock
from integration.connecting.check_results import CONFIGURATION, OBJECTS, OTHER_NAME, SIGN_IN, TEST_AGAIN, Check, Object, Report, store
from integration.errors import IntegrationError, Rejected, RequestRefused, SignInRefused
from integration.fields import WrongEncryptionKey
from integration.intacct import responses, xml
from integration.intacct.gateway import Gateway, gateway_for
from integration.models import Connection, ConnectionCheck, EntityConfiguration, Usage
from integration.pleo.client import PleoClient, client_for

_PLEO = tuple(name for name in CONFIGURATION if name.startswith("pleo_"))


class _Sentence(Protocol):
    @property
    def sentence(self) -> str: ...


Findings = Callable[[EntityConfiguration], Sequence[_Sentence]]


def check_connection(
    connection: Connection,
    *,
    clock: Clock,
    gateway: Gateway | None = None,
    client_factory: Callable[[EntityConfiguration], PleoClient] | None = None,
    findings: Findings | None = None,
) -> list[ConnectionCheck]:
    """Try everything a connection needs, and return and store what was found, in the order it is needed.

    findings: what is wrong with a configuration's codes (`referencedata.codes.findings_for`); not asked where None.

    Changes nothing in Sage Intacct. In Pleo the installation is made where there is none. A refused user or sender closes
    the connection, a refused entity or API key its configuration; what is let in again is opened. Never raises for what
    the other systems answer: that is the result.
    """
    report = Report(connection)
    configurations = list(connection.entityconfiguration_set.all())
    usable = _check_sign_in(report, gateway)
    if usable:
        _check_objects(report, usable)
    for configuration in configurations:
        if usable:
            _check_entity(report, configuration, usable)
        else:
            report.not_tried(("entity", "attachment_folder"), "the sign-in to Sage Intacct", of=configuration)
        _check_pleo(report, configuration, client_factory or client_for)
        if findings:
            sentences = [finding.sentence for finding in findings(configuration)]
            if sentences:
                report.failed("settings", " ".join(sentences), of=configuration)
            else:
                report.passed("settings", of=configuration)
        if report.has_passed("entity", "pleo_key", of=configuration):
            report.closures.setdefault(configuration, "")
    return report.store(clock())


def activate_installations(
    connection: Connection, *, clock: Clock, client_factory: Callable[[EntityConfiguration], PleoClient] | None = None
) -> list[ConnectionCheck]:
    """Tell Pleo that the first sync is done, for every configuration that waits for it; called after a complete sync.

    Returns and stores the check of each installation. Repeating it does no harm.
    """
    report = Report(connection)
    for configuration in connection.entityconfiguration_set.open():
        client = _client(report, configuration, client_factory or client_for)
        if client:
            _check_installation(report, configuration, client, activate=True)
    now = clock()
    with transaction.atomic():
        place = tuple(CONFIGURATION).index("pleo_installation")
        return [store(connection, check, place, now) for check in report.checks if check.name == "pleo_installation"]


def _check_sign_in(report: Report, gateway: Gateway | None) -> Gateway | None:
    """Return the gateway, signed in; None where that did not work."""
    try:
        usable = gateway or gateway_for(report.connection, Usage.Purpose.CHECK)
        usable.sign_in()
    except SignInRefused as error:
        report.closures[report.connection] = f"Sage Intacct refused the sign-in: {error.message}"
        _sign_in_failed(report, _refused_part(error), error.message)
    except IntegrationError as error:
        _sign_in_failed(report, "intacct_reachable", error.message)
    except ObjectDoesNotExist:
        _sign_in_failed(report, "user_accepted", "No credentials are saved for this connection.", proven=())
    except WrongEncryptionKey as error:
        remedy = "Put the key they were saved with back into FIELD_ENCRYPTION_KEY, or save the credentials again."
        _sign_in_failed(report, "user_accepted", str(error), proven=(), remedy=remedy)
    else:
        report.passed(*SIGN_IN)
        report.closures[report.connection] = ""
        return usable
    return None


def _refused_part(error: SignInRefused) -> str:
    said = error.message.lower()
    if "xml gateway" in said:
        return "web_services"
    if "not authorized" in said or "web services authorization" in said:
        return "sender_authorised"
    return "sender_accepted" if error.of == "sender" else "user_accepted"


def _sign_in_failed(
    report: Report, name: str, message: str, *, proven: Sequence[str] = ("intacct_reachable", "sender_accepted"), remedy: str = ""
) -> None:
    for each in SIGN_IN:
        if each == name:
            report.failed(name, message, remedy=remedy)
        elif each in proven and name != "intacct_reachable":
            # The sender is judged before anything else is; in which order the rest is, nobody says.
            report.passed(each)
        else:
            report.not_tried((each,), SIGN_IN[name][0].lower())


def _check_objects(report: Report, gateway: Gateway) -> None:
    """Try to read one row of every object, in one request."""
    asked = [(each.name, each.field) for each in OBJECTS] + [(other, "SYMBOL") for other in OTHER_NAME.values()]
    try:
        answers = dict(
            zip(
                (name for name, _ in asked),
                gateway.read([xml.query(name, [column], order_by=column, page_size=1) for name, column in asked]),
                strict=True,
            )
        )
    except IntegrationError as error:
        report.checks.extend(
            Check(f"read_{each.name}", _read_label(each), False, error.message, TEST_AGAIN) for each in OBJECTS
        )  # fmt: skip
        return
    for each in OBJECTS:
        found = answers[each.name]
        other = answers.get(OTHER_NAME.get(each.name, ""))
        if isinstance(found, IntegrationError) and other is not None and not isinstance(other, IntegrationError):
            found = other
        report.checks.append(_judged(each, found))


def _judged(each: Object, found: Any) -> Check:
    name, label = f"read_{each.name}", _read_label(each)
    if not isinstance(found, IntegrationError):
        return Check(name, label, True)
    if each.optional and "definition" in found.message.lower() and "not found" in found.message.lower():
        return Check(name, label, True, f"This company has no {each.what}; they are not needed then.")
    if not isinstance(found, Rejected):
        return Check(name, label, False, found.message, TEST_AGAIN)
    remedy = (
        f"Give the role of the Web Services user the permission to list and view {each.what} ({each.module}) in Sage Intacct "
        f"(Company › Admin › Roles), and check that {each.module} is subscribed (Company › Admin › Subscriptions)."
    )
    return Check(name, label, False, found.message, remedy)


def _read_label(each: Object) -> str:
    return f"The user may read {each.what}"


def _check_entity(report: Report, configuration: EntityConfiguration, gateway: Gateway) -> None:
    entity, folder = configuration.intacct_entity, report.connection.attachment_folder
    try:
        gateway.enter(entity)
    except SignInRefused as error:
        report.closures[configuration] = f"Sage Intacct does not let the user into {entity}: {error.message}"
        report.failed("entity", error.message, of=configuration)
    except IntegrationError as error:
        report.failed("entity", error.message, of=configuration, remedy=TEST_AGAIN)
    else:
        report.passed("entity", of=configuration)
    if not report.has_passed("entity", of=configuration):
        report.not_tried(("attachment_folder",), f"the user may enter {entity}", of=configuration)
        return
    will_be_made = f"Folder {folder} is not there yet; it is made with the first receipt."
    question = xml.get_list("supdocfolder", ("supdocfoldername",), one_of=("supdocfoldername", [folder]), max_items=10)
    try:
        there = responses.list_of(gateway.read_one(question, entity=entity), "SUPDOCFOLDERNAME")
    except Rejected as error:
        report.failed("attachment_folder", error.message, of=configuration)
    except IntegrationError as error:
        report.failed("attachment_folder", error.message, of=configuration, remedy=TEST_AGAIN)
    else:
        report.passed("attachment_folder", message="" if there else will_be_made, of=configuration)


def _client(report: Report, configuration: EntityConfiguration, factory: Callable[[EntityConfiguration], PleoClient]) -> PleoClient | None:
    try:
        return factory(configuration)
    except ObjectDoesNotExist:
        report.failed("pleo_key", "No API key is saved.", of=configuration)
    except WrongEncryptionKey as error:
        remedy = "Put the key it was saved with back into FIELD_ENCRYPTION_KEY, or save the API key again."
        report.failed("pleo_key", str(error), of=configuration, remedy=remedy)
    return None


def _check_pleo(report: Report, configuration: EntityConfiguration, factory: Callable[[EntityConfiguration], PleoClient]) -> None:
    client = _client(report, configuration, factory)
    if client is None:
        report.not_tried((name for name in _PLEO if name != "pleo_key"), "the API key", of=configuration)
        return
    company_id = str(configuration.pleo_company_id)
    try:
        company = client.company(company_id)
    except SignInRefused as error:
        report.passed("pleo_reachable", of=configuration)
        report.failed("pleo_key", error.message, of=configuration)
        report.not_tried(_PLEO[2:], "the API key", of=configuration)
        report.closures[configuration] = f"Pleo refused the API key: {error.message}"
        return
    except IntegrationError as error:
        if isinstance(error, RequestRefused) or not isinstance(error, Rejected):
            report.failed("pleo_reachable", error.message, of=configuration)
            report.not_tried(_PLEO[1:], "Pleo can be reached", of=configuration)
            return
        report.passed("pleo_reachable", "pleo_key", of=configuration)
        report.failed("pleo_company", error.message, of=configuration)
    else:
        report.passed("pleo_reachable", "pleo_key", of=configuration)
        name = str(company.get("name") or "")
        report.passed("pleo_company", message=name, of=configuration)
        report.company_names[configuration] = name
    try:
        waiting = client.jobs(company_id, ["pending"])
    except IntegrationError as error:
        report.failed("pleo_jobs", error.message, of=configuration)
    else:
        report.passed("pleo_jobs", message=f"{len(waiting)} waiting." if waiting else "", of=configuration)
    if configuration.publish_tags or configuration.publish_tax_codes:
        try:
            client.look_at_lists(company_id, tags=configuration.publish_tags, tax_codes=configuration.publish_tax_codes)
        except IntegrationError as error:
            report.failed("pleo_lists", error.message, of=configuration)
        else:
            report.passed("pleo_lists", of=configuration)
    _check_installation(report, configuration, client)


def _check_installation(report: Report, configuration: EntityConfiguration, client: PleoClient, *, activate: bool = False) -> None:
    """Look at the installation; make it where there is none, and activate it where that is asked for and due."""
    try:
        found = _installation(client) or client.install()
        if activate and found.get("status") in _WAITS_FOR_SYNC:
            found = client.activate()
    except IntegrationError as error:
        report.failed("pleo_installation", error.message, of=configuration, remedy=TEST_AGAIN)
        return
    status, resource = str(found.get("status") or ""), str(found.get("resource") or "")
    company = f"urn:pleo:company:{configuration.pleo_company_id}"
    if resource.startswith("urn:pleo:company:") and resource.lower() != company:
        remedy = "Make an API key in the Pleo company that posts into {entity} (Settings › API Keys)."
        report.failed(
            "pleo_installation",
            f"The API key belongs to another Pleo company ({resource.rpartition(':')[2]}).",
            of=configuration,
            remedy=remedy.format(entity=configuration.intacct_entity),
        )
    elif status == "ACTIVATED":
        report.passed("pleo_installation", of=configuration)
    elif status in _WAITS_FOR_SYNC:
        report.passed("pleo_installation", message="Installed; it is activated after the first complete sync.", of=configuration)
    else:
        message, remedy = _NOT_INSTALLED.get(str(found.get("errorCode") or ""), (f"Pleo says {status.lower() or 'nothing'}.", ""))
        report.failed("pleo_installation", message, of=configuration, remedy=remedy)


def _installation(client: PleoClient) -> Mapping[str, Any] | None:
    try:
        return client.installation()
    except Rejected as error:
        # How Pleo says "there is none" is not documented (docs/assumptions.md, P9): any no but these two is taken for it.
        if isinstance(error, SignInRefused) or error.code in ("403", "FORBIDDEN"):
            raise
        return None


_WAITS_FOR_SYNC = ("PENDING_INTEGRATION", "AUTHORIZED")
_NOT_INSTALLED = {
    "NOT_ENTITLED": ("This company's Pleo plan does not include the integration.", "Ask Pleo to enable it (Settings › Plan in Pleo)."),
    "AUTH_ERROR": ("Pleo could not sign the integration in.", "Make a new API key in Pleo (Settings › API Keys) and save it here."),
}
