"""The bodies of the OpenAPI files. A test holds them against those files."""

from __future__ import annotations

from integration.sandbox.pleo.shapes import Array, Boolean, Dictionary, Nullable, Number, Object, Shape, Text

UUID = Text(format="uuid")

JOB_STATUSES = ("pending", "in_progress", "failed", "completed", "completed_with_errors")
OPEN_JOB = ("pending", "in_progress")
ITEM_STATUSES = ("pending", "in_progress", "failed", "successful", "abandoned")
OPEN_ITEM = ("pending", "in_progress")
EVENTS = ("started", "failed", "completed", "completed_with_errors")
JOB_FAILURES = (
    "invalid_configuration",
    "missing_configuration",
    "authentication_failure",
    "accounting_system_authentication_failure",
    "pleo_rate_limit",
    "accounting_system_rate_limit",
    "service_unreachable",
    "accounting_system_unreachable",
    "validation_failure",
    "authorization_failure",
    "integration_unusable",
    "job_expired",
    "service_timeout",
    "accounting_system_timeout",
    "canceled_by_user",
)
ITEM_FAILURES = (
    "receipt_upload_failure",
    "receipt_download_failure",
    "receipt_file_size_limit_exceeded",
    "receipt_conversion_failure",
    "unexpected_failure",
    "invalid_configuration",
    "missing_configuration",
    "accounting_system_authentication_failure",
    "accounting_system_rate_limit",
    "accounting_system_unreachable",
    "validation_failure",
    "accounting_system_validation_failure",
    "authorization_failure",
    "accounting_system_timeout",
    "vendor_unknown",
    "account_unknown",
    "tax_code_unknown",
    "tag_unknown",
)
INSTALLATION_STATUSES = ("ACTIVATED", "INACTIVE", "AUTHORIZED", "PENDING_INTEGRATION", "ERROR")
TAX_TYPES = ("inclusive", "exclusive", "reverse")

CREATE_JOB = Object(
    required={"accountingEntryIds": Array(UUID), "companyId": UUID},
    optional={
        "employeeId": Nullable(UUID),
        "isInteractive": Nullable(Boolean()),
        "options": Nullable(Object(optional={"vendorBasedBookkeeping": Nullable(Boolean())})),
    },
)
CREATE_EVENT = Object(
    required={"event": Text(enum=EVENTS), "jobId": UUID},
    optional={"failureReason": Text(), "failureReasonType": Text(enum=JOB_FAILURES)},
)
UPDATE_ITEM = Object(
    required={"accountingEntryId": UUID, "status": Text(enum=ITEM_STATUSES)},
    optional={
        "exportedAt": Text(format="date-time"),
        "externalId": Text(),
        "externalUrl": Text(),
        "failureReason": Text(),
        "failureReasonType": Text(enum=ITEM_FAILURES),
    },
)
UPDATE_ITEMS = Array(UPDATE_ITEM)
SEARCH_JOB_ITEMS = Object(required={"accountingEntryIds": Array(UUID)}, optional={"status": Text(enum=ITEM_STATUSES)})

# The file declares metadata values as objects, its own examples are strings; both are taken.
_INSTALLATION_METADATA = Dictionary((str, dict))
CREATE_INSTALLATION = Object(optional={"metadata": _INSTALLATION_METADATA, "status": Text(enum=INSTALLATION_STATUSES)})
UPDATE_INSTALLATION = Object(
    required={"status": Text(enum=INSTALLATION_STATUSES)},
    optional={"errorCode": Text(enum=("NOT_ENTITLED", "AUTH_ERROR")), "metadata": _INSTALLATION_METADATA},
)

_METADATA = Dictionary((str,))
CREATE_GROUP = Object(required={"archived": Boolean(), "code": Text(), "name": Text()}, optional={"metadata": _METADATA})
UPDATE_GROUP = Object(required={"archived": Boolean(), "code": Text(), "metadata": _METADATA, "name": Text()})
CREATE_TAG = Object(required={"archived": Boolean(), "code": Text()}, optional={"name": Text(), "otherDimensionValues": Array(Text())})
UPDATE_TAG = CREATE_TAG
SEARCH_TAGS = Object(
    optional={
        "archived": Boolean(),
        "includeArchived": Boolean(),
        "tagGroupIds": Array(UUID, unique=True),
        "tagIds": Array(UUID, unique=True),
        "textSearch": Text(),
    }
)
ARCHIVE_TAGS = Object(required={"archived": Boolean(), "companyId": UUID, "tagIds": Array(UUID, minimum=1, maximum=100)})
DELETE_TAGS = Object(required={"companyId": UUID, "tagIds": Array(UUID, minimum=1, maximum=100)})

TAX_CODE = Object(
    # A rate above 1 is a percentage written where Pleo wants a decimal: 20 instead of 0.2.
    required={
        "archived": Boolean(),
        "companyId": UUID,
        "name": Text(),
        "rate": Number(minimum=0, maximum=1),
        "type": Text(enum=TAX_TYPES),
    },
    optional={
        "code": Nullable(Text()),
        "ingoingTaxAccount": Nullable(Text()),
        "outgoingTaxAccount": Nullable(Text()),
    },
)
SEARCH_TAX_CODES = Object(
    optional={
        "archived": Boolean(),
        "code": Text(),
        "taxCodeIds": Array(UUID, unique=True),
        "type": Text(enum=TAX_TYPES),
    }
)

_ACCOUNT_METADATA = Nullable(Dictionary((dict, type(None))))
_ACCOUNT: dict[str, Shape] = {"archived": Boolean(), "name": Text()}
_ACCOUNT_OPTIONAL: dict[str, Shape] = {"code": Nullable(Text()), "metadata": _ACCOUNT_METADATA, "taxCodeExternalId": Nullable(Text())}
CREATE_ACCOUNT = Object(required=_ACCOUNT | {"companyId": UUID, "externalId": Text()}, optional=_ACCOUNT_OPTIONAL)
UPDATE_ACCOUNT = Object(required=_ACCOUNT, optional=_ACCOUNT_OPTIONAL)
_ACCOUNT_OF_BATCH = Object(required=_ACCOUNT | {"externalId": Text()}, optional=_ACCOUNT_OPTIONAL)
CREATE_ACCOUNTS = Object(required={"companyId": UUID, "items": Array(_ACCOUNT_OF_BATCH, minimum=1, maximum=1000)})
SEARCH_ACCOUNTS = Object(
    required={"companyId": UUID, "excludeIfAssignedToCategory": Boolean(), "excludeIfAssignedToContraAccount": Boolean()},
    optional={
        "archived": Nullable(Boolean()),
        "code": Nullable(Text()),
        "codes": Nullable(Array(Nullable(Text()), unique=True)),
        "externalId": Nullable(Text()),
        "ids": Nullable(Array(Nullable(UUID), unique=True)),
        "name": Nullable(Text()),
    },
)
