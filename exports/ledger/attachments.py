"""Attachments in Sage Intacct: whether they are there and with which files, and whether their folder is.

Asked by lists with a filter, whose empty answer means absent: how Intacct refuses what it does not have is not published.
"""

from __future__ import annotations

from collections.abc import Sequence

from exports.ledger.comparing import Finding, compare_files, not_told
from exports.models import Document
from integration.errors import IntegrationError, Rejected, TryLater
from integration.intacct import responses, xml
from integration.intacct.answers import Result
from integration.intacct.gateway import Gateway


def which_are_there(keys: Sequence[str]) -> bytes:
    """Return the question which of these attachments Intacct has."""
    return xml.get_list("supdoc", ("supdocid",), one_of=("supdocid", keys), max_items=len(keys))


def found(documents: Sequence[Document], answer: Result | IntegrationError, *, gateway: Gateway, entity: str) -> dict[int, Finding]:
    """Tell of each attachment whether it is there. One whose id exists is ours: the id is made of its files.

    answer: to the question about all of them; where Intacct refuses that question, it is asked about each. Raises as
    `Gateway.read` does.
    """
    answers = [answer] * len(documents)
    if isinstance(answer, Rejected) and len(documents) > 1:
        answers = gateway.read([which_are_there([document.key]) for document in documents], entity=entity)
    return {document.pk: _finding(document, each) for document, each in zip(documents, answers, strict=True)}


def _finding(document: Document, answer: Result | IntegrationError) -> Finding:
    if isinstance(answer, IntegrationError):
        return not_told(answer)
    try:
        rows = responses.list_of(answer, "SUPDOCID")
    except TryLater as unreadable:
        return not_told(unreadable)
    there = any(row["SUPDOCID"].casefold() == document.key.casefold() for row in rows)
    return Finding("equal", key=document.key) if there else Finding("absent")


def with_its_files(document: Document) -> bytes:
    """Return the question for the attachment a document names, with its files: their names stand beside their data alone."""
    key = document.names.key if document.names else document.key
    return xml.get_list("supdoc", one_of=("supdocid", [key]), max_items=1)


def added(document: Document, answer: Result | IntegrationError) -> Finding:
    """Tell whether the files of this document are in the attachment they are added to. answer: to `with_its_files`."""
    if isinstance(answer, IntegrationError):
        return not_told(answer)
    try:
        names = responses.file_names(answer)
    except TryLater as unreadable:
        return not_told(unreadable)
    attachment = document.names.key if document.names else ""
    ours = {receipt.name for receipt in document.receipts.all()}
    return compare_files(attachment, document.key, ours, names.get(attachment.casefold(), frozenset()))


def folder_is_there(folder: str, *, gateway: Gateway, entity: str) -> bool:
    """Raises Rejected where Intacct refuses to say, TryLater or SignInRefused where it could not be asked."""
    question = xml.get_list("supdocfolder", ("supdocfoldername",), one_of=("supdocfoldername", [folder]), max_items=10)
    rows = responses.list_of(gateway.read_one(question, entity=entity), "SUPDOCFOLDERNAME")
    return any(row["SUPDOCFOLDERNAME"].casefold() == folder.casefold() for row in rows)
