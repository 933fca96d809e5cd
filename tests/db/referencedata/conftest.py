"""A connection to the sandbox in process, for every test of reference data."""

import pytest

from integration.models import Connection, IntacctCredentials
from integration.sandbox.world import COMPANY_ID, SENDER_ID, USER_ID, USER_PASSWORD
from tests.db.referencedata.wire import in_process


@pytest.fixture
def connection():
    made = Connection.objects.create(name="Acme", company_id=COMPANY_ID, endpoint="http://127.0.0.1/ia/xml/xmlgw.phtml")
    IntacctCredentials.objects.create(connection=made, user_id=USER_ID, user_password=USER_PASSWORD, sender_id=SENDER_ID)
    return made


@pytest.fixture
def gateway(sandbox, clock):
    """In process, so that a test can look at every request; its password can be spoilt."""
    return in_process(sandbox, clock)
