"""Signs of life."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from tests import factories


class TestLive:
    def test_asks_no_database(self, client, django_assert_num_queries, db):
        with django_assert_num_queries(0):
            assert client.get("/health/live").status_code == 200


class TestReady:
    def test_is_ready_while_a_worker_is_alive(self, client, db):
        factories.HeartbeatFactory()

        assert client.get("/health/ready").status_code == 200

    def test_is_not_ready_after_three_silent_minutes(self, client, db):
        factories.HeartbeatFactory(beat_at=timezone.now() - timedelta(minutes=3, seconds=1))

        response = client.get("/health/ready")

        assert response.status_code == 503 and "no worker" in response.json()["reason"]

    def test_is_not_ready_before_the_first_beat(self, client, db):
        assert client.get("/health/ready").status_code == 503


class TestMetrics:
    def test_counts_by_state(self, client, db):
        factories.ExportRecordFactory(needs_fix=True)

        text = client.get("/metrics").content.decode()

        assert 'pleo_intacct_expenses{status="NEEDS_FIX"} 1.0' in text
        assert 'pleo_intacct_expenses{status="POSTED"} 0.0' in text

    def test_is_refused_to_others(self, client, db):
        assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 403
        assert client.get("/metrics", headers={"x-forwarded-for": "192.0.2.7"}).status_code == 403

    def test_is_open_to_the_token(self, client, db, settings):
        settings.METRICS_TOKEN = "scrape-me"

        assert client.get("/metrics", REMOTE_ADDR="192.0.2.7", headers={"authorization": "Bearer scrape-me"}).status_code == 200
        assert client.get("/metrics", REMOTE_ADDR="192.0.2.7", headers={"authorization": "Bearer other"}).status_code == 403
