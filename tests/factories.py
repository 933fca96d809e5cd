"""Rows with good defaults: a UK entity, a card purchase of 120.00 GBP with 20.00 VAT. A test states only what it is about."""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import date, timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from exports.models import Attempt, AttemptDocument, Document, Event, ExportJob, ExportJobItem, ExportRecord, Receipt, ReceiptContent
from integration.intacct import xml
from integration.intacct.documents import document_key
from integration.models import (
    Connection,
    DimensionMapping,
    EntityConfiguration,
    Heartbeat,
    IntacctCredentials,
    PleoCredentials,
    WalletAccount,
)
from tests.samples import item_as_received, journal_entry

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
PROBLEM = {
    "code": "account_inactive",
    "sentence": "Account 6900 'Old account' is not active in UK01. Choose another account for this expense in Pleo, or activate it in "
    "Sage Intacct (General Ledger › Accounts).",
    "place": "line 1",
    "kind": "account",
    "value": "6900",
}


class ConnectionFactory(DjangoModelFactory):
    class Meta:
        model = Connection
        django_get_or_create = ("company_id",)

    name = "Acme"
    company_id = "ACME"


class IntacctCredentialsFactory(DjangoModelFactory):
    class Meta:
        model = IntacctCredentials

    connection = factory.SubFactory(ConnectionFactory)
    user_id = "pleo_ws"
    user_password = "intacct-password-canary"  # nothing may ever show it
    sender_id = "PleoMPP"
    sender_password = "sender-password-canary"


class EntityConfigurationFactory(DjangoModelFactory):
    class Meta:
        model = EntityConfiguration
        skip_postgeneration_save = True

    connection = factory.SubFactory(ConnectionFactory)
    pleo_company_id = factory.LazyFunction(uuid.uuid4)
    pleo_company_name = "Acme UK Ltd"
    intacct_entity = "UK01"
    time_zone = "Europe/London"
    card_journal = "PLEO"
    card_default_vendor = "V-PLEO"
    out_of_pocket_account = "2050"
    reimbursement_journal = "PLRE"

    wallet = factory.RelatedFactory("tests.factories.WalletAccountFactory", "configuration")


class WalletAccountFactory(DjangoModelFactory):
    class Meta:
        model = WalletAccount

    configuration = factory.SubFactory(EntityConfigurationFactory, wallet=None)
    currency = "GBP"
    balance_account = "1050"


class DimensionMappingFactory(DjangoModelFactory):
    class Meta:
        model = DimensionMapping

    configuration = factory.SubFactory(EntityConfigurationFactory)
    dimension = "DEPARTMENT"
    position = 1


class PleoCredentialsFactory(DjangoModelFactory):
    class Meta:
        model = PleoCredentials

    configuration = factory.SubFactory(EntityConfigurationFactory)
    api_key = "pleo-api-key-canary"


class HeartbeatFactory(DjangoModelFactory):
    class Meta:
        model = Heartbeat

    name = "worker"
    beat_at = factory.LazyFunction(timezone.now)


class ExportJobFactory(DjangoModelFactory):
    """A job that has ended; `open=True` for one whose items are collected and not reported."""

    class Meta:
        model = ExportJob

    class Params:
        open = factory.Trait(state="COLLECTED", ended_at=None, final_event="")

    configuration = factory.SubFactory(EntityConfigurationFactory)
    pleo_job_id = factory.LazyFunction(uuid.uuid4)
    state = "FINISHED"
    number_of_items = 1
    seen_at = factory.LazyFunction(timezone.now)
    ended_at = factory.SelfAttribute("seen_at")
    expires_at = factory.LazyAttribute(lambda job: job.seen_at + timedelta(hours=1))
    final_event = "completed"


class ExportRecordFactory(DjangoModelFactory):
    """A card purchase that waits; `posted=True` for one in the ledger, `needs_fix=True` for one that needs a person."""

    class Meta:
        model = ExportRecord
        skip_postgeneration_save = True

    class Params:
        posted = factory.Trait(
            status="POSTED",
            posted_at=factory.LazyFunction(timezone.now),
            in_ledger_at=factory.LazyFunction(timezone.now),
            reported_at=factory.LazyFunction(timezone.now),
            document=factory.RelatedFactory("tests.factories.DocumentFactory", "record", confirmed=True),
        )
        needs_fix = factory.Trait(
            status="NEEDS_FIX", problems=[PROBLEM], first_problem_code=PROBLEM["code"], first_problem=PROBLEM["sentence"]
        )

    configuration = factory.SubFactory(EntityConfigurationFactory)
    intacct_company_id = factory.LazyAttribute(lambda record: record.configuration.connection.company_id)
    entry_id = factory.LazyFunction(uuid.uuid4)
    status = "WAITING"
    status_changed_at = factory.LazyFunction(timezone.now)
    type = "card_purchase"
    merchant = factory.Sequence(lambda number: f"Northern Rail {number}")
    employee = "Ada Holm"
    date = date(2026, 3, 9)
    currency = "GBP"
    amount_minor = 12_000
    tax_minor = 2_000
    link = "https://app.pleo.io/expenses/1"
    first_seen_at = factory.LazyFunction(timezone.now)


class ExportJobItemFactory(DjangoModelFactory):
    class Meta:
        model = ExportJobItem

    job = factory.SubFactory(ExportJobFactory)
    record = factory.SubFactory(ExportRecordFactory, configuration=factory.SelfAttribute("..job.configuration"))
    payload = factory.LazyAttribute(lambda offer: json.dumps(item_as_received(offer.record)))
    received_at = factory.LazyFunction(timezone.now)


class AttemptFactory(DjangoModelFactory):
    class Meta:
        model = Attempt

    connection = factory.SubFactory(ConnectionFactory)
    purpose = "SEND"
    entity = "UK01"
    lease_token = 7
    begun_at = factory.LazyFunction(timezone.now)
    deadline_at = factory.LazyAttribute(lambda attempt: attempt.begun_at + timedelta(minutes=4))
    completed_at = factory.LazyAttribute(lambda attempt: attempt.begun_at + timedelta(seconds=1))
    outcome = "1 of 1 carried out"
    answer = "<response><control><status>success</status></control></response>"


class DocumentFactory(DjangoModelFactory):
    """A planned journal entry; `confirmed=True` and `unknown=True` for what became of it."""

    class Meta:
        model = Document

    class Params:
        confirmed = factory.Trait(
            state="CONFIRMED",
            intacct_key=factory.Sequence(lambda number: str(4100 + number)),
            intacct_state="Posted",
            confirmed_at=factory.LazyFunction(timezone.now),
        )
        unknown = factory.Trait(
            state="UNKNOWN",
            doubt="UNREADABLE",
            due_at=factory.LazyFunction(lambda: timezone.now() + timedelta(minutes=3)),
            attempt=factory.SubFactory(AttemptFactory, connection=factory.SelfAttribute("..record.configuration.connection")),
        )

    record = factory.SubFactory(ExportRecordFactory)
    intacct_company_id = factory.SelfAttribute("record.intacct_company_id")
    kind = "journal_entry"
    key = factory.LazyAttribute(
        lambda document: document_key(document.record.intacct_company_id, str(document.record.entry_id), document.kind)
    )
    fingerprint = "f" * 64
    entity = "UK01"
    journal = "PLEO"
    currency = "GBP"
    posting_date = date(2026, 3, 9)
    amount_minor = factory.SelfAttribute("record.amount_minor")
    tax_minor = factory.SelfAttribute("record.tax_minor")
    title = factory.SelfAttribute("record.merchant")
    body = factory.LazyAttribute(lambda document: xml.function(journal_entry(document)))
    body_hash = factory.LazyAttribute(lambda document: hashlib.sha256(document.body).hexdigest())


class BillFactory(DocumentFactory):
    """The bill of a card purchase as it stands in Intacct, posted, without a payment."""

    record = factory.SubFactory(ExportRecordFactory, posted=True, document=None, type="card_purchase", amount_minor=12_000)
    kind = "bill"
    state = "CONFIRMED"
    intacct_key = factory.Sequence(lambda number: str(5100 + number))
    intacct_state = "Posted"
    confirmed_at = factory.LazyFunction(timezone.now)
    journal = ""
    currency = factory.SelfAttribute("record.currency")
    bill_number = factory.SelfAttribute("key")
    due_minor = factory.SelfAttribute("amount_minor")
    body = b"<create><APBILL/></create>"


class AttemptDocumentFactory(DjangoModelFactory):
    class Meta:
        model = AttemptDocument

    attempt = factory.SubFactory(AttemptFactory)
    document = factory.SubFactory(DocumentFactory)
    control_id = factory.SelfAttribute("document.control_id")
    result = "CONFIRMED"


class ReceiptContentFactory(DjangoModelFactory):
    class Meta:
        model = ReceiptContent
        django_get_or_create = ("content_hash",)

    content = PNG
    content_hash = factory.LazyAttribute(lambda kept: hashlib.sha256(kept.content).hexdigest())
    size = factory.LazyAttribute(lambda kept: len(kept.content))
    fetched_at = factory.LazyFunction(timezone.now)


class ReceiptFactory(DjangoModelFactory):
    class Meta:
        model = Receipt

    record = factory.SubFactory(ExportRecordFactory)
    number = factory.Sequence(lambda number: number + 1)
    source = "https://files.pleo.io/receipt"
    content = factory.SubFactory(ReceiptContentFactory)
    name = factory.LazyAttribute(lambda receipt: f"receipt-{receipt.number}")
    type = "png"
    size = factory.SelfAttribute("content.size")
    state = "ATTACHED"
    fetched_at = factory.LazyFunction(timezone.now)


class EventFactory(DjangoModelFactory):
    class Meta:
        model = Event

    record = factory.SubFactory(ExportRecordFactory)
    at = factory.LazyFunction(timezone.now)
    what = "offered by Pleo"
