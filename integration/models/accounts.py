"""Whose account is whose: who made it, and who else has set its password (docs/design.md, section 9).

A second person is a second person only if the first one cannot sign in as him.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models


class AccountChange(models.Model):
    """Somebody made an account, or set the password of one that is not his own. Append-only.

    Users by number and name, not by reference: what a deleted account did stays known, and no number is given twice.
    """

    class What(models.TextChoices):
        MADE = "MADE", "made the account"
        PASSWORD = "PASSWORD", "set the password"

    account_id = models.PositiveBigIntegerField()
    account_name = models.CharField(max_length=150)
    by_id = models.PositiveBigIntegerField()
    by_name = models.CharField(max_length=150)
    what = models.CharField(max_length=8, choices=What)
    at = models.DateTimeField()

    class Meta:
        ordering = ("at", "pk")
        indexes = [models.Index(fields=("account_id",))]

    def __str__(self) -> str:
        return f"{self.by_name} {self.get_what_display()} of {self.account_name}"

    @classmethod
    def note(cls, account: Any, what: str, *, by: Any, now: datetime) -> None:
        """Write it down; nothing where somebody changed an account of his own."""
        if account.pk != by.pk:
            names = {"account_name": account.get_username(), "by_name": by.get_username()}
            cls.objects.create(account_id=account.pk, by_id=by.pk, what=what, at=now, **names)


def why_not_second(first: Any, second: Any) -> str:
    """Return why `second` is no second person beside `first`, as a sentence; empty where he is one.

    Neither may have made the account of the other, or set its password: who knows the password of an account can be both.
    That goes through accounts in between.
    """
    if second is None:
        return "A second person has to say so: name one."
    if first is None:
        return "Nobody knows who asked for it first."
    if first.pk == second.pk:
        return f"{second.get_username()} asked for it; another person has to say so too."
    changes = list(AccountChange.objects.all())
    for maker, made in ((first, second), (second, first)):
        if made.pk in _in_reach(maker.pk, changes):
            return (
                f"{maker.get_username()} made the account of {made.get_username()} or set its password, so both count as one person. "
                "Somebody else has to say so."
            )
    return ""


def _in_reach(maker: int, changes: list[AccountChange]) -> set[int]:
    """Return the accounts that this one has made or set the password of, and those that these have."""
    reached, new = {maker}, {maker}
    while new:
        new = {each.account_id for each in changes if each.by_id in new} - reached
        reached |= new
    return reached - {maker}
