"""What changed of a value in Sage Intacct, as our syncs saw it."""

from __future__ import annotations

from django.db import models

from integration.models import Connection


class What(models.TextChoices):
    RENAMED = "RENAMED", "was renamed"
    CLOSED = "CLOSED", "was closed"
    GONE = "GONE", "is gone from Sage Intacct"
    RATE = "RATE", "has another rate"
    OPENED = "OPENED", "was opened again"
    BACK = "BACK", "is back in Sage Intacct"
    OTHER = "OTHER", "was changed"


# After these an expense may be posted otherwise than its people expect, or not at all.
CONCERNS_EXPENSES = (What.RENAMED, What.CLOSED, What.GONE, What.RATE)


class Change(models.Model):
    """One change of one value. Append-only.

    label: what people call its kind ("project"). object_name, code_on_lines: what a line of a document carries of it, as in
    `exports.posting.uses`. before, after: the columns that differ, as text.
    """

    What = What

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    kind = models.CharField(max_length=60)
    label = models.CharField(max_length=100)
    object_name = models.CharField(max_length=60)
    intacct_key = models.CharField(max_length=100)
    code = models.CharField(max_length=255)
    code_on_lines = models.CharField(max_length=255)
    what = models.CharField(max_length=8, choices=What)
    at = models.DateTimeField()
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        ordering = ("-at", "-pk")
        verbose_name = "change of a value"
        verbose_name_plural = "changes of values"
        indexes = [
            models.Index(fields=("connection", "what", "-at"), name="newest_changes"),
            models.Index(fields=("connection", "kind", "intacct_key"), name="changes_of_a_value"),
        ]

    def __str__(self) -> str:
        return self.sentence

    @property
    def details(self) -> str:
        """Return the sentence, and where that does not tell, which columns changed from what to what."""
        if self.what not in (What.OTHER, What.BACK):
            return self.sentence
        columns = (f"{name.replace('_', ' ')} '{self.before.get(name, '')}' became '{value}'" for name, value in self.after.items())
        return f"{self.sentence} ({'; '.join(columns)})" if self.after else self.sentence

    @property
    def sentence(self) -> str:
        """Return it in words, without full stop: Project P-100 was renamed from 'Launch' to 'Launch 2027'."""
        between = f" from '{self.before.get('name')}' to '{self.after.get('name')}'" if self.what == What.RENAMED else ""
        if self.what == What.RATE:
            between = f": {self.after.get('rate')} % instead of {self.before.get('rate')} %"
        return f"{self.label[:1].upper()}{self.label[1:]} {self.code} {self.get_what_display()}{between}"
