"""What Pleo's files and pages say of requests and the sandbox does not check, with the reason."""

from __future__ import annotations

LEFT_OUT: tuple[tuple[str, str], ...] = (
    ("pleo-api 1", "no demand of a request: what an integration is graded by"),
    ("pleo-api 2: OAuth, tokens and their refreshing", "every key of ours is an API key; any other scheme is refused"),
    ("pleo-api 2: not activated means do not export", "nothing says that Pleo refuses it; our check of the configuration activates"),
    ("pleo-api 4.2: an order of steps; 10 items in an update", "advice: the file takes 100, and any order that the states allow"),
    ("pleo-api 4.3: which failure reason fits which fault; texts", "any of the list is taken; none of its texts has a length"),
    ("pleo-api 5, 5.1, 5.2, 5.3, 5.4: fields marked required", "of answers: each is held against the file in every test"),
    ("pleo-api 6.1: at most five dimensions; frequency", "a matter of what is published, not of one call"),
    ("pleo-api 6.5: filters of employees", "any text may be looked for"),
    ("pleo-api 6.3, 6.6, 7", "not called: see the calls below"),
    ("pleo-api 8, 9, 10", "no demand of a request: how people see it, proposals, open questions"),
    ("format int32 and int64 of offset and limit", "whole numbers; the bounds of the format are far above any list"),
    ("minLength and maxLength of tagIds", "written at the list and at each id, where a UUID has its length; read as the list's own"),
    ("null among codes and ids of POST /v1/chart-of-accounts:search", "an account without code or id is not looked for by us"),
    ("metadata of an installation as text", "the file's examples have it, its schema does not; the schema counts"),
)

_UNUSED = "not called by us"
_VENDORS = "vendors are no part of this integration: Pleo's own for Sage Intacct takes them as a tag group"
_HOOKS = "no address of ours is reachable from Pleo: jobs are asked for"
_COLUMNS = "further columns of a tag group: not called by us"

# (file, call) -> why the sandbox does not answer it.
LEFT_OUT_CALLS: dict[tuple[str, str], str] = {
    ("pleo-accounting-entries.yml", "POST /v1/accounting-entries:search"): _UNUSED,
    ("pleo-accounting-entries.yml", "GET /v1/accounting-entries/{accountingEntryId}"): _UNUSED,
    ("pleo-installations.yml", "PUT /v1/installations/completions"): _UNUSED,
    ("pleo-tags.yml", "GET /v0/aggregations/tag-groups"): _UNUSED,
    ("pleo-tags.yml", "POST /v0/aggregations/tags"): _UNUSED,
    ("pleo-tags.yml", "GET /v0/tag-groups/{groupId}/usage"): _UNUSED,
    ("pleo-tags.yml", "GET /v0/tag-groups/{groupId}/dimensions"): _COLUMNS,
    ("pleo-tags.yml", "POST /v0/tag-groups/{groupId}/dimensions"): _COLUMNS,
    ("pleo-tags.yml", "GET /v0/tag-groups/{groupId}/dimensions/{dimensionId}"): _COLUMNS,
    ("pleo-tags.yml", "PUT /v0/tag-groups/{groupId}/dimensions/{dimensionId}"): _COLUMNS,
    ("pleo-tags.yml", "DELETE /v0/tag-groups/{groupId}/dimensions/{dimensionId}"): _COLUMNS,
    ("pleo-tags.yml", "GET /v0/tags/{tagId}/dimensions"): _COLUMNS,
    ("pleo-tags.yml", "GET /v0/tags/{tagId}/dimensions/{dimensionId}"): _COLUMNS,
    ("pleo-tags.yml", "PUT /v0/tags/{tagId}/dimensions/{dimensionId}"): _COLUMNS,
    ("pleo-tags.yml", "POST /v0/tags/{tagId}/dimensions/{dimensionId}"): _COLUMNS,
    ("pleo-tags.yml", "DELETE /v0/tags/{tagId}/dimensions/{dimensionId}"): _COLUMNS,
    ("pleo-tax-codes.yml", "POST /v0/tax-codes:calculate-tax-amounts"): "tax is worked out by our own rules; not called by us",
    ("pleo-vendors.yml", "POST /v1/vendors"): _VENDORS,
    ("pleo-vendors.yml", "GET /v1/vendors/{id}"): _VENDORS,
    ("pleo-vendors.yml", "PUT /v1/vendors/{id}"): _VENDORS,
    ("pleo-vendors.yml", "POST /v1/vendors/{id}:activate"): _VENDORS,
    ("pleo-vendors.yml", "POST /v1/vendors/{id}:archive"): _VENDORS,
    ("pleo-vendors.yml", "POST /v1/vendors:search"): _VENDORS,
    ("pleo-webhook-subscriptions.yml", "GET /v1/subscriptions"): _HOOKS,
    ("pleo-webhook-subscriptions.yml", "POST /v1/subscriptions"): _HOOKS,
    ("pleo-webhook-subscriptions.yml", "GET /v1/subscriptions/{id}"): _HOOKS,
    ("pleo-webhook-subscriptions.yml", "PUT /v1/subscriptions/{id}"): _HOOKS,
    ("pleo-webhook-subscriptions.yml", "DELETE /v1/subscriptions/{id}"): _HOOKS,
    ("pleo-webhook-subscriptions.yml", "GET /v1/subscriptions/{id}/activities"): _HOOKS,
    ("pleo-webhook-subscriptions.yml", "GET /v1/subscriptions/{id}/secret"): _HOOKS,
}
