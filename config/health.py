"""Signs of life for whoever supervises the installation: is the process up, is the whole at work, and how much is there."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from exports.models import Document, ExportJob, ExportRecord
from integration.clock import has_passed
from integration.models import Heartbeat

SILENT_AFTER = timedelta(minutes=3)
WORKER = "worker"


@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """Answer as long as the web process can; asks no database."""
    return JsonResponse({"status": "alive"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """Answer 200 when the database answers and a worker was alive in the last three minutes, else 503 with the reason."""
    try:
        beat = worker_beat()
    except DatabaseError:
        return JsonResponse({"status": "not ready", "reason": "the database does not answer"}, status=503)
    if not is_alive(beat, timezone.now()):
        return JsonResponse({"status": "not ready", "reason": "no worker was alive in the last three minutes"}, status=503)
    return JsonResponse({"status": "ready"})


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Return the numbers for Prometheus, to staff, to the token in METRICS_TOKEN, and on loopback where no proxy stands before us."""
    if not _may_measure(request):
        return HttpResponseForbidden("Sign in as staff, or send the token in METRICS_TOKEN.")
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Numbers())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def worker_beat() -> datetime | None:
    return Heartbeat.objects.filter(name=WORKER).values_list("beat_at", flat=True).first()


def is_alive(beat: datetime | None, now: datetime) -> bool:
    return beat is not None and not has_passed(SILENT_AFTER, beat, now)


class _Numbers:
    """Gauges read from the database at the moment they are asked for."""

    def collect(self) -> Iterator[Metric]:
        now = timezone.now()
        records = GaugeMetricFamily("pleo_intacct_expenses", "Expenses by state.", labels=["status"])
        counts = dict(ExportRecord.objects.order_by().values_list("status").annotate(Count("pk")))
        for status in ExportRecord.Status.values:
            records.add_metric([status], counts.get(status, 0))
        yield records
        in_ledger = ExportRecord.objects.in_ledger().count()
        yield GaugeMetricFamily(
            "pleo_intacct_in_ledger", "Expenses in the ledger; no drafts, nothing that waits for approval.", value=in_ledger
        )
        documents = GaugeMetricFamily("pleo_intacct_documents", "Documents by state.", labels=["state"])
        counts = dict(Document.objects.order_by().values_list("state").annotate(Count("pk")))
        for state in Document.State.values:
            documents.add_metric([state], counts.get(state, 0))
        yield documents
        oldest = Document.objects.in_doubt().aggregate(oldest=Min("sent_at"))["oldest"]
        yield GaugeMetricFamily(
            "pleo_intacct_oldest_unknown_seconds",
            "Age of the oldest outcome not known yet.",
            value=(now - oldest).total_seconds() if oldest else 0,
        )
        yield GaugeMetricFamily("pleo_intacct_open_jobs", "Export jobs not ended yet.", value=ExportJob.objects.open().count())
        beat = worker_beat()
        yield GaugeMetricFamily(
            "pleo_intacct_worker_silent_seconds",
            "Since a worker last showed that it is alive.",
            value=(now - beat).total_seconds() if beat else float("inf"),
        )


def _may_measure(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)
    if user is not None and user.is_active and user.is_staff:
        return True
    token = getattr(settings, "METRICS_TOKEN", "")
    if token and hmac.compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode()):
        return True
    # A proxy on this host makes everybody look like loopback.
    if settings.SECURE_PROXY_SSL_HEADER or "X-Forwarded-For" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
