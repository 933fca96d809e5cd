"""The folder, attachments and every look answered wrongly, a share of the time, over small jobs, until everything settles."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

from integration.sandbox import http
from integration.sandbox.http import Fault, Faults, Request
from integration.sandbox.world import UK, random_item
from tests.faults.rig import Rig
from tests.faults.wordings import wording

KINDS: dict[str, tuple[str, ...]] = {
    "reset": (http.RESET_BEFORE, http.RESET_AFTER),
    "truncated": (http.TRUNCATE_AFTER,),
    "html": (http.HTML_BEFORE, http.HTML_AFTER),
    "empty": (http.EMPTY_BODY_AFTER,),
    "crossed": (http.CROSSED_AFTER,),
    "wording": (http.UNJUDGED_REFUSAL, http.REFUSED_AFTER),
}
ALL = tuple(sorted({kind for kinds in KINDS.values() for kind in kinds}))
MODES = (*KINDS, "together")
# What is answered wrongly: making the folder, making and adding to attachments, and every question.
_ABOUT = ("<create_supdocfolder>", "<create_supdoc>", "<update_supdoc>", "<get_list ", "<query>")


class WrongAnswers(Faults):
    """Faults by chance. share: how often a request that makes or asks for one of these is answered wrongly."""

    def __init__(self, chance: random.Random, kinds: tuple[str, ...], share: float = 0.3) -> None:
        super().__init__()
        self.chance, self.kinds, self.share = chance, kinds, share
        self.did: Counter[str] = Counter()

    def take(self, request: Request, *, writes: bool) -> Fault | None:
        body = request.body.decode("utf-8", "replace")
        about = [each for each in _ABOUT if each in body]
        if not about or self.chance.random() >= self.share:
            return None
        kind = self.chance.choice(self.kinds)
        self.did[kind] += 1
        return Fault(kind, matching=self.chance.choice(about), wording=wording(self.chance))


def run(rig: Rig, seed: int, mode: str) -> Counter[str]:
    """Offer a few good expenses into a folder that is not there yet, some with files that come late, and let all of it settle."""
    chance = random.Random(f"{mode} {seed}")
    _new_folder(rig, f"Pleo {mode} {seed}")
    wrong = WrongAnswers(chance, KINDS.get(mode, ALL))
    rig.sandbox.intacct.faults = wrong
    ids = [_entry(rig, chance, files=files) for files in (("pdf", "png"), ("pdf",), ())]
    job = rig.offer_entries(ids)
    _settle(rig)
    _posted(rig, job, ids)
    if seed % 3 == 0:
        rig.sandbox.pleo.change_entry(ids[1], files=("pdf", "jpg"))
        again = rig.offer_entries(ids[1:2])
        _settle(rig)
        _posted(rig, again, ids[1:2])
        names = [name for name, *_ in _files(rig, ids[1])]
        assert len(names) == len(set(names)) > 1, rig.stories(_record(ids[1]))
    rig.sandbox.intacct.faults = Faults()
    return wrong.did


def _settle(rig: Rig) -> None:
    """Let Pleo's jobs end, and then how the entries stand in Sage Intacct be read, which is asked again while its answers are wrong."""
    from exports.models import ExportRecord

    rig.settle(step=60, at_most=200)
    for _ in range(60):
        if not ExportRecord.objects.filter(status="SENDING").exists():
            return
        rig.forward(60)
        rig.run()


def _new_folder(rig: Rig, name: str) -> None:
    rig.connection.attachment_folder = name
    rig.connection.save(update_fields=["attachment_folder"])


def _entry(rig: Rig, chance: random.Random, *, files: tuple[str, ...]) -> str:
    number = len(rig.sandbox.books.all("pleo", "entry"))
    item, _ = random_item(chance, number, UK, rig.clock())
    return rig.sandbox.pleo.add_entry(UK.id, item, files)


def _posted(rig: Rig, job: str, ids: list[str]) -> None:
    """All of it is in the ledger once, with its receipts; Pleo knows; nobody is needed."""
    references = rig.references()
    for each in ids:
        record = _record(each)
        assert record.status == "POSTED", rig.stories(record)
        assert not record.receipts.exists() or not record.without_receipt, rig.stories(record)
        assert not record.receipts.exclude(state__in=("ATTACHED", "DUPLICATE")).exists(), rig.stories(record)
        assert references[record.documents.get(kind="journal_entry").key] == 1
    with_files = [each for each in ids if _record(each).receipts.exists()]
    assert all(_files(rig, each) for each in with_files)
    assert rig.told(job) == dict.fromkeys(ids, "successful")


def _files(rig: Rig, entry: str) -> Any:
    key = _record(entry).documents.get(kind="journal_entry").key
    (standing,) = [each for each in rig.sandbox.intacct.ledger() if each["reference"] == key]
    return rig.sandbox.intacct.attachments()[standing["supdocid"]]


def _record(entry: str) -> Any:
    from exports.models import ExportRecord

    return ExportRecord.objects.get(entry_id=entry)
