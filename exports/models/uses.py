"""Which values of the reference data each expense uses, as of its newest plan."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db import models

from exports.models.records import ExportRecord


class ValueUse(models.Model):
    """One value that one expense uses. object_name, code: as `exports.posting.uses` names them."""

    record = models.ForeignKey(ExportRecord, on_delete=models.CASCADE, related_name="uses")
    object_name = models.CharField(max_length=60)
    code = models.CharField(max_length=255)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("record", "object_name", "code"), name="one_use_of_a_value")]
        indexes = [models.Index(fields=("object_name", "code"), name="uses_of_a_value")]

    def __str__(self) -> str:
        return f"{self.object_name} {self.code}"

    @staticmethod
    def replace(wanted: Mapping[int, Collection[tuple[str, str]]]) -> None:
        """Make the uses of these records what is given, by primary key, in a number of queries that does not grow with them."""
        held = {(pk, name, code): use for use, pk, name, code in _held(wanted)}
        new = {(pk, name[:60], code[:255]) for pk, uses in wanted.items() for name, code in uses}
        if gone := [use for key, use in held.items() if key not in new]:
            ValueUse.objects.filter(pk__in=gone).delete()
        ValueUse.objects.bulk_create([ValueUse(record_id=pk, object_name=name, code=code) for pk, name, code in sorted(new - held.keys())])


def _held(records: Collection[int]) -> models.QuerySet[ValueUse, tuple[int, int, str, str]]:
    return ValueUse.objects.filter(record__in=list(records)).values_list("pk", "record_id", "object_name", "code")
