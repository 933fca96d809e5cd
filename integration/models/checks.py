from django.db import models

from integration.models.configurations import EntityConfiguration
from integration.models.connections import Connection


class ConnectionCheck(models.Model):
    """The newest result of one check of a connection or of one of its entity configurations."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    configuration = models.ForeignKey(EntityConfiguration, on_delete=models.CASCADE, null=True, blank=True)
    name = models.CharField(max_length=60)
    label = models.CharField("check", max_length=200)
    passed = models.BooleanField()
    message = models.TextField("what was found", blank=True)
    remedy = models.TextField("what to do", blank=True)
    checked_at = models.DateTimeField("checked")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("connection", "configuration", "position")
        constraints = [
            models.UniqueConstraint(fields=("connection", "configuration", "name"), name="one_result_per_check", nulls_distinct=False),
            models.CheckConstraint(condition=models.Q(passed=True) | ~models.Q(remedy=""), name="failed_check_says_what_to_do"),
        ]

    def __str__(self) -> str:
        return f"{self.label}: {'passed' if self.passed else 'failed'}"
