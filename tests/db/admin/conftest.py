"""A small installation with expenses in every state, and one person of each role."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from config.roles import ensure_roles
from tests import factories
from tests.samples import copy_of_intacct


@pytest.fixture
def world(db: None) -> SimpleNamespace:
    """One connection with its copy, one job, and a posted, a stopped and a doubtful expense."""
    configuration = factories.EntityConfigurationFactory()
    factories.IntacctCredentialsFactory(connection=configuration.connection)
    factories.PleoCredentialsFactory(configuration=configuration)
    copy_of_intacct(configuration.connection)
    factories.HeartbeatFactory()
    job = factories.ExportJobFactory(configuration=configuration, number_of_items=3)
    posted = factories.ExportRecordFactory(configuration=configuration, posted=True, merchant="Northern Rail")
    stopped = factories.ExportRecordFactory(configuration=configuration, needs_fix=True, merchant="Fenwick Hardware", amount_minor=1_920)
    doubtful = factories.ExportRecordFactory(configuration=configuration, status="UNKNOWN", merchant="City Cabs")
    document = factories.DocumentFactory(record=doubtful, unknown=True)
    factories.AttemptDocumentFactory(attempt=document.attempt, document=document, result="UNKNOWN", message="No answer came.")
    for record in (posted, stopped, doubtful):
        factories.ExportJobItemFactory(job=job, record=record)
    receipt = factories.ReceiptFactory(record=posted)
    factories.EventFactory(record=posted)
    return SimpleNamespace(
        configuration=configuration,
        connection=configuration.connection,
        job=job,
        posted=posted,
        stopped=stopped,
        doubtful=doubtful,
        receipt=receipt,
        attempt=document.attempt,
    )


@pytest.fixture
def signed_in(db: None) -> Callable[[str], Client]:
    """Return a browser of somebody with this role."""
    ensure_roles()

    def sign_in(role: str) -> Client:
        user = User.objects.create_user(role, password="not-used", is_staff=True)
        if role != "nobody":
            user.groups.add(Group.objects.get(name=role))
        client = Client()
        client.force_login(user)
        return client

    return sign_in
