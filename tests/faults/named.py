"""What a request is, in the words of docs/design.md, section 5."""

from __future__ import annotations

from integration.sandbox.http import Request
from integration.sandbox.intacct import envelope


def name_of(request: Request) -> str:
    """What a request is, in the words of docs/design.md, section 5."""
    path = request.path
    if path.startswith("/ia/"):
        return _name_of_functions(request)
    if path.startswith("/files/"):
        return "receipt"
    path = path.removeprefix("/pleo/v3/")
    match request.method, path.split("/"):
        case "POST", ["export-jobs"]:
            return "create job"
        case "POST", ["export-job-events"]:
            return "started" if b'"started"' in request.body else "final event"
        case "PUT", ["export-jobs", _, "items"]:
            return "update items"
        case "GET", ["export-jobs"]:
            return "list jobs"
        case "GET", ["export-jobs", _]:
            return "read job"
        case "GET", ["export-jobs", _, "items"]:
            return "list items"
        case "GET", ["export-items"]:
            return "export items"
    return f"{request.method} {path}"


def _name_of_functions(request: Request) -> str:
    names = {name for name, _ in envelope.function_names(request.body)}
    if "getAPISession" in names:
        return "sign in" if b"<login>" in request.body else "enter entity"
    if "create_supdocfolder" in names:
        return "make folder"
    if names & envelope.WRITES:
        return "send"
    if b"supdocfolder" in request.body:
        return "look for folder"
    if b"PL%" in request.body:
        return "watch the ledger"
    if b"GLENTRY" in request.body or b"APPYMTDETAIL" in request.body:
        return "look up lines"
    if b"TRX_TOTALDUE" in request.body:
        return "read bills"
    if b"DISPLAYSTATE" in request.body:
        return "read payments"
    if b"GLBATCH" in request.body or b"APBILL" in request.body or b"APPYMT" in request.body or "get_list" in names:
        return "look up"
    return "read " + ", ".join(sorted(names))
