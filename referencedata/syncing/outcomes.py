"""What became of a reading that came to nothing, and what is to be done about it."""

from __future__ import annotations

from integration.errors import IntegrationError, Rejected, SignInRefused
from referencedata.kinds.registry import Kind
from referencedata.models import SyncRun

Outcome = SyncRun.Outcome


def explained(error: IntegrationError | None, kind: Kind) -> tuple[str, str]:
    """Return (outcome, sentence). None: nobody could say."""
    said = error.message if error else ""
    if isinstance(error, SignInRefused):
        return (
            Outcome.REFUSED,
            f"Sage Intacct refused the sign-in: {said} Enter the right credentials on the connection, then sync again.",
        )
    if isinstance(error, Rejected):
        return (
            Outcome.REFUSED if kind.needed else Outcome.ABSENT,
            f"Sage Intacct does not show the {kind.label.lower()}: {said} If the company uses them, the role of the Web Services "
            f"user needs the permission to {kind.permission} (Company › Admin › Roles). Our copy of them stays as it was.",
        )
    return Outcome.FAILED, f"{said} What was stored stays; the rest is asked for again in a quarter of an hour."
