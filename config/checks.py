"""System checks: the queue's settings are part of the delivery protocol, so nothing weaker is let through."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

_EXACTLY = {"max_attempts": 1, "ack_failures": True, "catch_up": False, "queue_limit": 1, "bulk": 1, "save_limit": 0}


@register(Tags.compatibility)
def queue_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a Q_CLUSTER other than docs/design.md, section 10 describes."""
    queue = settings.Q_CLUSTER
    found: list[CheckMessage] = [
        Error(f"Q_CLUSTER[{name!r}] must be {value!r}, not {queue.get(name)!r}.", id="config.E001")
        for name, value in _EXACTLY.items()
        if queue.get(name) != value
    ]
    if queue.get("timeout", 0) < 3 * settings.LEASE_SECONDS:
        found.append(Error("Q_CLUSTER['timeout'] must be at least 3 × LEASE_SECONDS.", id="config.E002"))
    if queue.get("retry", 0) < 3 * queue.get("timeout", 0):
        found.append(Error("Q_CLUSTER['retry'] must be at least 3 × its timeout.", id="config.E003"))
    if queue.get("orm") != "default":
        found.append(Error("The queue must lie in the application's own database (Q_CLUSTER['orm'] = 'default').", id="config.E004"))
    return found
