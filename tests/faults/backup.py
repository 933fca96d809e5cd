"""An older state of our database: kept, and put back later, as people restore a backup. The two other systems go on."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core import serializers
from django.db import transaction


def backup() -> str:
    """Return all that is written down about exports."""
    rows = [row for model in _models() for row in model._default_manager.order_by("pk")]
    return serializers.serialize("json", rows)


def restore(kept: str) -> None:
    with transaction.atomic():
        for model in reversed(_models()):
            model._base_manager.all()._raw_delete("default")  # whatever refers to it is put back too
        for row in serializers.deserialize("json", kept):
            row.save()


def _models() -> list[Any]:
    """Those that others refer to first."""
    return list(serializers.sort_dependencies([(apps.get_app_config("exports"), None)], allow_cycles=True))


def forget_control_ids(sandbox: Any) -> None:
    """Let Intacct carry out once more what it has carried out under the same control id."""
    sandbox.books.delete_all("intacct", "CONTROLID")
