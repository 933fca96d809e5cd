"""What the queue may ask for: a primary key and nothing else."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.conf import settings

from integration.clock import clock
from integration.doctor import activate_installations
from integration.intacct.gateway import gateway_for
from integration.models import Connection, LeaseBusy, LeaseLost
from referencedata.sync import ConnectionClosed, sync_all, went_through

log = structlog.get_logger(__name__)


def sync_connection(pk: int) -> None:
    """Sync one connection. Does nothing if it is closed, switched off, without credentials, or being synced.

    Stops itself at half of what a task may take; the next tick goes on from there.
    """
    connection = Connection.objects.open().filter(pk=pk, intacct_credentials__isnull=False).first()
    if connection is None:
        return
    stop_at = clock() + timedelta(seconds=settings.Q_CLUSTER["timeout"] / 2)
    try:
        runs = sync_all(connection, gateway=gateway_for(connection), clock=clock, stop_at=stop_at)
        if went_through(runs):
            activate_installations(connection, clock=clock)
    except (LeaseBusy, LeaseLost, ConnectionClosed) as error:
        log.info("sync_left_to_another", connection=pk, reason=type(error).__name__)
