"""What tests have the workers do: each is called by its name, as a task."""

from __future__ import annotations

import time


def beat(name: str) -> None:
    """Show that a task was carried out."""
    from integration.clock import clock
    from integration.models import Heartbeat

    Heartbeat.beat(name, clock())


def hold_a_lease(name: str, seconds: float) -> None:
    from integration.clock import clock
    from integration.models import Lease, owner

    Lease.take(name, owner=owner(), now=clock())
    time.sleep(seconds)
