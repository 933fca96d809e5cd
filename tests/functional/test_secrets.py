"""No secret appears anywhere but in its encrypted column: canaries are planted, everything is run, everything is searched."""

from __future__ import annotations

import base64
import contextlib
import html
import io
import json
import logging
import re
import traceback
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest
from cryptography.fernet import Fernet, MultiFernet
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldError
from django.core.management import CommandError, call_command
from django.db import connection as database
from django.db import transaction
from django.test import Client
from django_q.models import Failure, OrmQ, Task
from django_q.tasks import async_task
from encrypted_model_fields import fields as library

from exports.models import Attempt, ExportRecord
from exports.tasks import wake_collectors, wake_lanes
from integration.fields import SecretField, WrongEncryptionKey
from integration.intacct import gateway as gateway_module
from integration.intacct.gateway import gateway_for
from integration.models import Connection, EntityConfiguration, IntacctCredentials, PleoCredentials
from integration.pleo.client import PleoClient
from integration.sandbox import http
from integration.sandbox.http import Fault
from integration.sandbox.pleo.service import register_key
from integration.sandbox.sandbox import Sandbox
from integration.sandbox.server import serve
from integration.sandbox.world import CONFIGURATION, ENTRIES, SENDER_ID, UK_COMPANY_ID, US_COMPANY_ID, USER_ID, load_demo_world
from tests.functional.journey import export, offer

CANARIES = {
    "SANDBOX_USER_PASSWORD": "canary-user-pässword-<1>&",
    "SANDBOX_SENDER_PASSWORD": "canary-sender-password-2",
    "SANDBOX_PLEO_KEY_UK": "canary-pleo-key-uk-3",
    "SANDBOX_PLEO_KEY_US": "canary-pleo-key-us-4",
}
INSTALLATION_SENDER = "canary-installation-sender-5"
WRONG_PASSWORD = "canary-wrong-password-6"
WRONG_KEY = "canary-wrong-key-7"
PAGES_AT_MOST = 200
BROKEN = "(this page answered with an error)"


def spellings(secret: str) -> set[str]:
    """Return a secret as it may look on its way: plain, escaped, quoted, in JSON, in a Basic header."""
    return {
        secret,
        html.escape(secret),
        html.escape(secret, quote=False),
        quote(secret),
        json.dumps(secret)[1:-1],
        secret.encode("unicode_escape").decode(),
        base64.b64encode(f"{secret}:".encode()).decode(),
        base64.b64encode(secret.encode()).decode(),
    }


def found_in(text: str, secrets: dict[str, set[str]]) -> list[str]:
    return [name for name, looks in secrets.items() if any(look in text for look in looks)]


@pytest.fixture
def planted() -> Any:
    """The demo world with canaries for all its credentials."""
    sandbox = Sandbox(world=lambda books, now: load_demo_world(books, now, with_jobs=False), now=datetime.now(UTC))
    company = sandbox.books.get("intacct", "COMPANY", "DEMO")
    company["USERS"] = {USER_ID: CANARIES["SANDBOX_USER_PASSWORD"]}
    company["SENDERS"] = {SENDER_ID: CANARIES["SANDBOX_SENDER_PASSWORD"]}
    sandbox.books.put("intacct", "COMPANY", "DEMO", company)
    register_key(sandbox.books, CANARIES["SANDBOX_PLEO_KEY_UK"], UK_COMPANY_ID)
    register_key(sandbox.books, CANARIES["SANDBOX_PLEO_KEY_US"], US_COMPANY_ID)
    put, sandbox.session_ids = sandbox.books.put, set()

    def watched(side: str, kind: str, key: str, row: Any) -> None:
        if kind == "SESSION":
            sandbox.session_ids.add(key)
        put(side, kind, key, row)

    sandbox.books.put = watched
    return sandbox


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """All that would be written to stderr, in the form of the JSON handler, down to the last level."""
    stream, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(stream)
    configured = next((each for each in root.handlers if type(each) is logging.StreamHandler), None)
    if configured is not None:
        handler.setFormatter(configured.formatter)
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.setLevel(before)
    root.removeHandler(handler)


@pytest.fixture
def run(db: None, planted: Any, logged: io.StringIO, caplog: Any, monkeypatch: Any, settings: Any) -> Iterator[Any]:
    """Import, sync, check, export, fail in every way we know, and keep what was said on the way."""
    settings.INTACCT_SENDER_PASSWORD = INSTALLATION_SENDER
    caplog.set_level(logging.DEBUG)
    said = io.StringIO()
    with serve(planted) as server:
        for name, value in CANARIES.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("SANDBOX_INTACCT_URL", f"{server.address}/ia/xml/xmlgw.phtml")
        monkeypatch.setenv("SANDBOX_PLEO_URL", f"{server.address}/pleo")
        _call(said, "import_configuration", str(CONFIGURATION))
        _call(said, "check_connections")
        _call(said, "sync_reference_data")
        _fail_in_every_way(planted, said, monkeypatch)
        _call(said, "export_configuration")
        pages = _crawl()
        yield SimpleNamespace(said=said.getvalue(), pages=pages, logs=logged.getvalue() + caplog.text)


def _call(said: io.StringIO, *command: str) -> None:
    try:
        call_command(*command, stdout=said, stderr=said)
    except CommandError as error:
        said.write(str(error))


def _fail_in_every_way(sandbox: Sandbox, said: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(sandbox, *(entry.label for entry in ENTRIES["UK"]))
    offer(sandbox, "US-01", "US-02")
    for kind in (http.RESET_AFTER, http.TRUNCATE_AFTER, http.HTML_AFTER, http.SESSION_EXPIRED, http.UNJUDGED_REFUSAL):
        sandbox.intacct.inject(Fault(kind, writes_only=True))
    sandbox.pleo.inject(Fault(http.HTML_BEFORE, matching="/files/"), Fault(http.THROTTLE, matching="/items"))
    for _ in range(3):
        said.write(repr(export()))
    _traceback_in_a_task(monkeypatch)
    configuration = EntityConfiguration.objects.get(pleo_company_id=UK_COMPANY_ID)
    _task("exports.tasks.run_configuration", configuration.pk)
    _task("exports.tasks.run_lane", configuration.connection_id)
    wake_collectors(ExportRecord.objects.all())
    wake_lanes(ExportRecord.objects.select_related("configuration"))
    _wrong_credentials(sandbox, said)


def _task(function: str, *args: Any) -> None:
    """Run a task through the queue's own worker; keep a failure as the worker would (in this mode it raises it)."""
    try:
        async_task(function, *args, sync=True)
    except Exception as error:
        moment = datetime.now(UTC)
        result = f"{error} : {traceback.format_exc()}"
        Task.objects.create(
            id=uuid.uuid4().hex, name=function, func=function, args=args, result=result, started=moment, stopped=moment, success=False
        )


def _traceback_in_a_task(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the gateway and the client crash with the secrets in their hands."""

    def crash(*args: Any, **options: Any) -> Any:
        raise RuntimeError("something nobody expected")

    with monkeypatch.context() as patch:
        patch.setattr(gateway_module.responses, "read_answer", crash)
        patch.setattr(gateway_module, "_gateways", {})
        ExportRecord.objects.all().look_up(by=None, now=datetime.now(UTC))
        _task("exports.tasks.run_lane", Connection.objects.get().pk)
        _task("referencedata.tasks.sync_connection", Connection.objects.get().pk)
    with monkeypatch.context() as patch:
        patch.setattr(PleoClient, "_exchange", crash)
        for configuration in EntityConfiguration.objects.all():
            _task("exports.tasks.run_configuration", configuration.pk)


def _wrong_credentials(sandbox: Sandbox, said: io.StringIO) -> None:
    stored = IntacctCredentials.objects.get()
    stored.user_password = WRONG_PASSWORD
    stored.save()
    key = PleoCredentials.objects.get(configuration__pleo_company_id=US_COMPANY_ID)
    key.api_key = WRONG_KEY
    key.save()
    with contextlib.suppress(Exception):
        offer(sandbox, "UK-46")
    said.write(repr(export()))
    _call(said, "check_connections")
    _call(said, "sync_reference_data")
    _call(said, "probe")


def _crawl() -> dict[str, str]:
    """Follow every link of the admin as a superuser; return the pages by path."""
    user = get_user_model().objects.create_superuser("root", password="not a canary at all")
    client = Client(raise_request_exception=False)
    client.force_login(user)
    waiting, pages = ["/admin/", "/health/ready", "/health/live", "/metrics", "/admin/help/"], {}
    for model in apps.get_models():
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        ours = model._meta.app_label in ("exports", "integration", "django_q")
        pks = list(model._default_manager.values_list("pk", flat=True)[: 3 if ours else 1]) if client.get(base).status_code == 200 else []
        waiting += [base, f"{base}add/", *(f"{base}{pk}/{page}/" for pk in pks for page in ("change", "history"))]
    while waiting and len(pages) < PAGES_AT_MOST:
        path = waiting.pop(0)
        if path in pages or "logout" in path:
            continue
        answer = client.get(path)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        text = content.decode("utf-8", "replace")
        pages[path] = text if answer.status_code != 500 else f"{BROKEN} {text}"
        if answer.status_code in (301, 302):
            waiting.append(answer["Location"])
        for link in re.findall(r'href="(/[^"#]*)', text):
            parts = urlsplit(html.unescape(link))
            if parts.path.startswith(("/admin/exports", "/admin/integration", "/admin/django_q", "/admin/help")) and len(parts.query) < 100:
                waiting.append(parts.path + (f"?{parts.query}" if parts.query else ""))
    return pages


@pytest.fixture
def secrets(run: Any, planted: Any, settings: Any) -> dict[str, set[str]]:
    """Everything that must not be found: the canaries, the keys of this installation, every session id ever given out."""
    named = {**CANARIES, "installation's sender": INSTALLATION_SENDER, "wrong password": WRONG_PASSWORD, "wrong key": WRONG_KEY}
    named |= {"SECRET_KEY": settings.SECRET_KEY, "FIELD_ENCRYPTION_KEY": settings.FIELD_ENCRYPTION_KEY[0]}
    named |= {f"session {number}": session for number, session in enumerate(planted.session_ids)}
    return {name: spellings(value) for name, value in named.items()}


class TestSecrets:
    # One run for all places: it takes some seconds.
    def test_appear_nowhere_but_in_their_encrypted_columns(self, run, secrets):
        rows, queue = _rows(), _queue()
        dump = io.StringIO()
        call_command("dumpdata", stdout=dump)
        places = {
            "what commands print": run.said,
            "the log": run.logs,
            "the database": rows,
            "the queue": queue,
            "dumpdata": dump.getvalue(),
            **{f"page {path}": text for path, text in run.pages.items()},
        }

        leaks = {place: names for place, text in places.items() if (names := found_in(text, secrets) + _signatures(text))}

        assert leaks == {}
        # The search has looked at something, and would have found something.
        assert any(name.startswith("session") for name in secrets)
        assert len(run.pages) > 60 and "Northern Rail" in "".join(run.pages.values())
        assert "intacct_request" in run.logs and "run_lane" in queue
        assert Failure.objects.count() >= 3 and "something nobody expected" in queue
        assert "Sign-in information is incorrect" in rows
        assert Attempt.objects.filter(answer__contains="<sessionid>").count() == 0
        assert found_in(f"x{next(iter(secrets['session 0']))}", secrets) == ["session 0"]
        assert _broken_pages(run.pages) == []

    def test_stay_out_of_the_repr_of_what_holds_them(self, connected):
        gateway = gateway_for(connected)
        gateway.sign_in()

        shown = f"{gateway!r} {gateway._credentials!r} {gateway._sessions!r} {IntacctCredentials.objects.get()!r} {connected!r}"

        assert "demo-user-password" not in shown
        assert "demo-sender-password" not in shown
        assert not [session.id for session in gateway._sessions.values() if session.id in shown]


def _signatures(text: str) -> list[str]:
    """A receipt link with its signature opens the file to anyone."""
    return ["a signed link"] if re.search(r"signature=[0-9a-f]{8}", unquote(text)) else []


def _broken_pages(pages: dict[str, str]) -> list[str]:
    return [path for path, text in pages.items() if text.startswith(BROKEN)]


def _rows() -> str:
    """Return every value of every table as text, as it is stored."""
    found = []
    with database.cursor() as cursor:
        for table in database.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {database.ops.quote_name(table)}")
            for row in cursor.fetchall():
                found += [value.tobytes().decode("latin-1") if isinstance(value, memoryview) else _text(value) for value in row]
    return "\n".join(found)


def _queue() -> str:
    """Return what tasks and their results hold; in the tables it is pickled."""
    finished = [f"{task.func} {task.args} {task.kwargs} {task.result}" for task in Task.objects.all()]
    return "\n".join([*finished, *(str(waiting.task) for waiting in OrmQ.objects.all())])


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


@pytest.fixture
def stored(db: None) -> IntacctCredentials:
    company = Connection.objects.create(name="Acme", company_id="ACME")
    return IntacctCredentials.objects.create(connection=company, user_id="pleo_ws", user_password="canary", sender_id="PleoMPP")


def _key() -> Fernet:
    return Fernet(Fernet.generate_key())


class TestSecretField:
    def test_is_encrypted_at_rest(self, stored):
        with database.cursor() as cursor:
            cursor.execute("SELECT user_password FROM integration_intacctcredentials")
            (held,) = cursor.fetchone()

        assert held.startswith("gAAAA") and "canary" not in held
        assert IntacctCredentials.objects.get().user_password == "canary"

    def test_raises_with_the_wrong_key_instead_of_handing_out_anything(self, stored, monkeypatch):
        monkeypatch.setattr(library, "CRYPTER", MultiFernet([_key()]))

        with pytest.raises(WrongEncryptionKey) as raised:
            IntacctCredentials.objects.get()

        assert "user_password" in str(raised.value) and "gAAAA" not in str(raised.value)

    def test_raises_where_the_column_holds_plain_text(self, stored):
        with database.cursor() as cursor:
            cursor.execute("UPDATE integration_intacctcredentials SET user_password = 'plain'")

        with pytest.raises(WrongEncryptionKey):
            IntacctCredentials.objects.get()

    @pytest.mark.parametrize("lookup", ["", "__exact", "__contains", "__startswith", "__in", "__gt", "__regex", "__iexact"])
    def test_cannot_be_searched(self, stored, lookup):
        with pytest.raises(FieldError):
            list(IntacctCredentials.objects.filter(**{f"user_password{lookup}": "canary"}))

    def test_can_be_asked_whether_it_is_there(self, stored):
        assert IntacctCredentials.objects.filter(user_password__isnull=False).exists()

    def test_refuses_bulk_update_and_expressions(self, stored):
        from django.db.models import F

        stored.user_password = "canary-2"
        with pytest.raises(FieldError), transaction.atomic():
            IntacctCredentials.objects.bulk_update([stored], ["user_password"])
        with pytest.raises(FieldError), transaction.atomic():
            IntacctCredentials.objects.update(user_password=F("user_id"))
        assert IntacctCredentials.objects.get().user_password == "canary"

    def test_gives_nothing_to_a_dump(self, stored):
        dump = io.StringIO()

        call_command("dumpdata", "integration", stdout=dump)

        (row,) = [each for each in json.loads(dump.getvalue()) if each["model"] == "integration.intacctcredentials"]
        assert (row["fields"]["user_password"], row["fields"]["user_id"]) == ("", "pleo_ws")

    def test_is_not_loaded_by_ordinary_queries(self, stored, django_assert_num_queries):
        with django_assert_num_queries(1):
            text = str(list(Connection.objects.values()))

        assert "canary" not in text

    def test_is_the_only_kind_of_column_that_holds_a_secret(self):
        named = re.compile(r"password|secret|api_key|token$")
        columns = [field for model in apps.get_models() for field in model._meta.fields if named.search(field.name)]
        ours = [field for field in columns if field.model.__module__.split(".")[0] in ("integration", "exports", "referencedata")]

        assert {str(field) for field in ours if not isinstance(field, SecretField)} == {
            "exports.Attempt.lease_token",
            "integration.Lease.token",
        }


class TestKeyRotation:
    def test_reads_with_the_old_key_and_writes_with_the_new_one(self, stored, monkeypatch):
        old, new = library.CRYPTER, _key()
        monkeypatch.setattr(library, "CRYPTER", MultiFernet([new, *old._fernets]))

        assert IntacctCredentials.objects.get().user_password == "canary"
        call_command("rotate_encryption_keys", stdout=io.StringIO())
        monkeypatch.setattr(library, "CRYPTER", MultiFernet([new]))

        assert IntacctCredentials.objects.get().user_password == "canary"

    def test_dry_run_leaves_the_old_key_needed(self, stored, monkeypatch):
        new = _key()
        monkeypatch.setattr(library, "CRYPTER", MultiFernet([new, *library.CRYPTER._fernets]))

        call_command("rotate_encryption_keys", "--dry-run", stdout=io.StringIO())
        monkeypatch.setattr(library, "CRYPTER", MultiFernet([new]))

        with pytest.raises(WrongEncryptionKey):
            IntacctCredentials.objects.get()

    def test_changes_nothing_where_one_secret_cannot_be_read(self, stored, monkeypatch):
        monkeypatch.setattr(library, "CRYPTER", MultiFernet([_key()]))

        with pytest.raises(WrongEncryptionKey):
            call_command("rotate_encryption_keys", stdout=io.StringIO())
