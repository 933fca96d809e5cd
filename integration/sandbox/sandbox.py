"""Both systems behind one address, and the controls that tests and people use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields as fields_of
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from json import JSONDecodeError, loads
from typing import Any
from urllib.parse import parse_qs, quote

from integration.sandbox import pages
from integration.sandbox.books import Books
from integration.sandbox.http import Answer, Fault, Request
from integration.sandbox.intacct import IntacctSandbox, attachments
from integration.sandbox.intacct.objects import set_first_open_day
from integration.sandbox.pleo import PleoSandbox
from integration.sandbox.pleo.shapes import Refusal as PleoRefusal

World = Callable[[Books, datetime], object]
_CONTENT_TYPES = {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg"}


class Sandbox:
    """world: fills empty books, e.g. `load_demo_world`; `now` is the moment its dates are relative to."""

    def __init__(self, books: Books | None = None, world: World | None = None, *, now: datetime | None = None) -> None:
        self.books = books or Books()
        self.intacct = IntacctSandbox(self.books)
        self.pleo = PleoSandbox(self.books)
        if world:
            world(self.books, now or datetime.now().astimezone())

    def handle(self, request: Request, now: datetime) -> Answer:
        path = request.path
        if path == "/ia/xml/xmlgw.phtml":
            return self.intacct.handle(request, now)
        if path.startswith("/pleo/"):
            return self.pleo.handle(replace(request, path=path.removeprefix("/pleo")), now)
        if path.startswith("/files/"):
            return self.pleo.handle(request, now)
        if path == "/" and request.method == "GET":
            with self.books.lock:
                return pages.ledger_page(self, request)
        if path.startswith("/attachments/") and request.method == "GET":
            return self._attachment(path)
        if path.startswith("/_sandbox/"):
            return self._control(request, now)
        return Answer.json(404, {"error": f"There is nothing at {path}"})

    def _attachment(self, path: str) -> Answer:
        """/attachments/<supdocid>/<number from 1>"""
        supdocid, _, number = path.removeprefix("/attachments/").rpartition("/")
        files = attachments.files_of(self.books, supdocid)
        if not number.isdigit() or not 1 <= int(number) <= len(files):
            return Answer.json(404, {"error": "There is no such file"})
        name, extension, content = files[int(number) - 1]
        content_type = _CONTENT_TYPES.get(extension.lower(), "application/octet-stream")
        disposition = f"inline; filename*=UTF-8''{quote(f'{name}.{extension}')}"
        headers = {"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"}
        return Answer(200, content, content_type, headers)

    def _control(self, request: Request, now: datetime) -> Answer:
        match (request.method, request.path.removeprefix("/_sandbox/")):
            case "GET", "ledger":
                return Answer.json(200, _plain(self.intacct.ledger()))
            case "GET", "bills":
                return Answer.json(200, _plain(self.intacct.bills()))
            case "GET", "payments":
                return Answer.json(200, _plain(self.intacct.payments()))
            case "GET", "payables":
                return Answer.json(200, _plain(self._payables()))
            case "POST", ("approve" | "decline" | "void" | "post" | "delete" | "reverse") as what:
                return self._decide(what, request, now)
            case "POST", "periods":
                return self._close(request)
            case "GET", "control-ids":
                return Answer.json(200, self.intacct.control_ids())
            case "GET", "counts":
                return Answer.json(200, self.counts())
            case "GET", "requests":
                return Answer.json(200, self.intacct.requests)
            case "GET", "jobs":
                return Answer.json(200, [{**job, "items": self.pleo.items(job["id"])} for job in self.pleo.jobs()])
            case "POST", "jobs":
                return self._new_job(request, now)
            case "POST", "faults":
                return self._inject(request)
            case "DELETE", "faults":
                self.intacct.faults.clear()
                self.pleo.faults.clear()
                return Answer.json(200, {})
            case "POST", "late":
                return Answer.json(200, {"carried_out": self.intacct.run_late(now)})
        return Answer.json(404, {"error": f"There is no control {request.method} {request.path}"})

    def _payables(self) -> dict[str, Any]:
        """By entity: what the control account owes, the number of open bills, the boxes of the VAT return."""
        return {
            entity: {
                "balance": self.intacct.payables_balance(entity),
                "open_bills": len(self.intacct.open_bills(entity)),
                "vat_boxes": {str(box): amount for box, amount in self.intacct.vat_boxes(entity).items()},
            }
            for entity in (row["LOCATIONID"] for row in self.books.all("intacct", "LOCATIONENTITY"))
        }

    def _decide(self, what: str, request: Request, now: datetime) -> Answer:
        """kind (GLBATCH, APBILL or APPYMT) and recordno, as JSON or from a form; what a person does in Intacct."""
        values = _values(request)
        only = {"void": "APPYMT", "reverse": "GLBATCH"}.get(what, "")
        kind, recordno = values.get("kind", only), values.get("recordno")
        if kind not in ("GLBATCH", "APBILL", "APPYMT") or not isinstance(recordno, str) or (only and kind != only):
            return Answer.json(400, {"error": "Give kind (GLBATCH, APBILL or APPYMT; void: APPYMT, reverse: GLBATCH) and recordno as text"})
        intacct = self.intacct
        doing = {
            "approve": intacct.approve, "decline": intacct.decline, "post": intacct.post_draft, "delete": intacct.delete,
            "void": lambda _, number, moment: intacct.void_payment(number, moment),
            "reverse": lambda _, number, moment: intacct.reverse_entry(number, moment),
        }  # fmt: skip
        try:
            doing[what](kind, recordno, now)
        except ValueError as error:
            return Answer.json(409, {"error": str(error)})
        where = "/#journal" if kind == "GLBATCH" else "/#payables"
        return Answer(303, headers={"Location": where}) if _is_form(request) else Answer.json(200, {})

    def _close(self, request: Request) -> Answer:
        """entity, first_open (yyyy-mm-dd), and the modules among GL, AP and CM to close before that day; default GL."""
        values = _values(request)
        modules = values.get("modules", ["GL"])
        try:
            day = date.fromisoformat(values["first_open"])
            entity = str(values["entity"])
        except (KeyError, TypeError, ValueError):
            return Answer.json(400, {"error": "Give entity, first_open as yyyy-mm-dd, and modules among GL, AP, CM"})
        if not isinstance(modules, list) or not set(modules) <= {"GL", "AP", "CM"}:
            return Answer.json(400, {"error": "modules are among GL, AP, CM"})
        for module in modules:
            set_first_open_day(self.books, entity, day, module)
        return Answer.json(200, {})

    def counts(self) -> dict[str, int]:
        return {
            "intacct_writes": self.intacct.writes(),
            "pleo_writes": self.pleo.writes(),
            "requests": len(self.intacct.requests) + len(self.pleo.requests),
        }

    def _inject(self, request: Request) -> Answer:
        values = _json(request)
        side = values.pop("side", None) if values is not None else None
        known = {field.name for field in fields_of(Fault)}
        if values is None or side not in ("intacct", "pleo") or "kind" not in values or not set(values) <= known:
            return Answer.json(400, {"error": f"Give side (intacct or pleo), kind, and any of {', '.join(sorted(known))}"})
        try:
            (self.intacct if side == "intacct" else self.pleo).inject(Fault(**values))
        except ValueError as error:
            return Answer.json(400, {"error": str(error)})
        return Answer.json(200, {})

    def _new_job(self, request: Request, now: datetime) -> Answer:
        """As JSON it answers with the job's id; as a form (the page's button) it leads back to the page."""
        form, values = _is_form(request), _values(request)
        company = values.get("company_id")
        if not values or not isinstance(company, str) or company not in self.companies():
            return Answer.json(400, {"error": "company_id must be one of " + ", ".join(self.companies())})
        entry_ids, numbers = values.get("entry_ids"), values.get("numbers")
        if entry_ids is None and isinstance(numbers, list):
            mine = [row["id"] for row in self.books.all("pleo", "entry") if row["companyId"] == company]
            entry_ids = [mine[number - 1] for number in numbers if 1 <= number <= len(mine)]
        try:
            job = self.pleo.make_job(company, entry_ids, now=now)
        except PleoRefusal as refusal:
            return Answer.json(refusal.status, {"error": refusal.message})
        if form:
            return Answer(303, headers={"Location": "/"})
        return Answer.json(201, {"id": job})

    def companies(self) -> dict[str, str]:
        """Pleo's companies: name by id."""
        return {str(row["id"]): str(row.get("name", row["id"])) for row in self.books.all("pleo", "company")}


def _is_form(request: Request) -> bool:
    return "urlencoded" in request.headers.get("content-type", "")


def _values(request: Request) -> dict[str, Any]:
    if _is_form(request):
        return {name: each[0] for name, each in parse_qs(request.body.decode("utf-8", "replace")).items()}
    return _json(request) or {}


def _json(request: Request) -> dict[str, Any] | None:
    try:
        value = loads(request.body)
    except (JSONDecodeError, UnicodeDecodeError):
        return None
    return dict(value) if isinstance(value, Mapping) else None


def _plain(value: Any) -> Any:
    """Decimals become text, so that no amount turns into a float on the way."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
