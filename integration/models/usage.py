"""How much Sage Intacct was asked: what counts against a company's monthly allowance."""

from __future__ import annotations

import structlog
from django.db import Error, models
from django.db.models import F

from integration.clock import clock

log = structlog.get_logger(__name__)


class Usage(models.Model):
    """The requests and functions of one day (in UTC), one company and one purpose.

    functions: what Intacct counts as transactions: each object written and each page read, however many of them one request
    holds. Source: docs/reference/intacct/07-limits-setup-formats-rest.md, section 7.1.
    """

    class Purpose(models.TextChoices):
        WRITE = "WRITE", "written"
        LOOK = "LOOK", "looked up"
        COPY = "COPY", "copied"
        CHECK = "CHECK", "checked"

    company_id = models.CharField(max_length=40)
    day = models.DateField()
    purpose = models.CharField(max_length=5, choices=Purpose)
    requests = models.PositiveBigIntegerField(default=0)
    functions = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = "usage"
        constraints = [models.UniqueConstraint(fields=("company_id", "day", "purpose"), name="one_usage_a_day")]

    def __str__(self) -> str:
        return f"{self.company_id} {self.day}: {self.functions} {self.get_purpose_display()}"

    @classmethod
    def count(cls, company_id: str, purpose: str, functions: int) -> None:
        """Count one request. What cannot be counted is only missing here: the request has been made."""
        try:
            row, _ = cls.objects.get_or_create(company_id=company_id, day=clock().date(), purpose=purpose)
            # update(), not save(): several workers count at once.
            cls.objects.filter(pk=row.pk).update(requests=F("requests") + 1, functions=F("functions") + functions)
        except Error as error:
            log.warning("usage_not_counted", company=company_id, functions=functions, error=str(error))
