"""Every call the sandbox answers: method, path, parameters, body, and who carries it out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from integration.sandbox.http import Answer
from integration.sandbox.pleo import accounts, bodies, companies, jobs, tags, taxcodes
from integration.sandbox.pleo.call import Call
from integration.sandbox.pleo.pages import PAGING
from integration.sandbox.pleo.shapes import Boolean, Parameter, Refusal, Shape, Text, bad_request, is_uuid

_UUID = Parameter(Text(format="uuid"))
_TEXT = Parameter(Text())
_FLAG = Parameter(Boolean())
_COMPANY = {"company_id": _UUID}
_PAGED_COMPANY = _COMPANY | PAGING


@dataclass(frozen=True, slots=True)
class Route:
    """file, and `path` as the OpenAPI file writes it. reads: carries nothing out although its method is not GET."""

    file: str
    method: str
    path: str
    handler: Callable[[Call], Answer]
    query: Mapping[str, Parameter] = field(default_factory=dict)
    body: Shape | None = None
    body_required: bool = True
    reads: bool = False


_EXPORT, _INSTALL = "pleo-export-v3.yml", "pleo-installations.yml"
_PEOPLE, _TAGS, _TAX = "pleo-companies-employees.yml", "pleo-tags.yml", "pleo-tax-codes.yml"
_CHART, _ACCOUNT = "pleo-chart-of-accounts.yml", "/v1/chart-of-accounts/{accountId}"
_JOB_ITEMS = "/v3/export-jobs/{jobId}/items"
_GROUP, _GROUP_TAGS, _TAG = "/v0/tag-groups/{groupId}", "/v0/tag-groups/{groupId}/tags", "/v0/tags/{tagId}"
_TAX_CODE, _ME = "/v0/tax-codes/{taxCodeId}", "/v1/installations/me"
_LIST_JOBS = _PAGED_COMPANY | {"statuses": Parameter(Text(enum=bodies.JOB_STATUSES), many=True)}
_LIST_ITEMS = PAGING | {"status": Parameter(Text(enum=bodies.ITEM_STATUSES))}
_ITEM_OF_ENTRY = _COMPANY | {"accounting_entry_id": _UUID}
_LIST_GROUPS = _COMPANY | {"organization_id": _UUID, "include_archived": _FLAG, "include_tags_count": _FLAG}
_OLD_SEARCH = _PAGED_COMPANY | {
    "text_search": _TEXT,
    "tag_group_id": Parameter(Text(format="uuid"), many=True),
    "include_archived": _FLAG,
}
_EMPLOYEES = PAGING | {"companyId": _UUID, "email": _TEXT, "code": _TEXT}

ROUTES = (
    Route(_EXPORT, "GET", "/v3/export-jobs", jobs.list_jobs, _LIST_JOBS),
    Route(_EXPORT, "POST", "/v3/export-jobs", jobs.create_job, body=bodies.CREATE_JOB),
    Route(_EXPORT, "GET", "/v3/export-jobs/{jobId}", jobs.get_job),
    Route(_EXPORT, "GET", _JOB_ITEMS, jobs.list_items, _LIST_ITEMS),
    Route(_EXPORT, "PUT", _JOB_ITEMS, jobs.update_items, body=bodies.UPDATE_ITEMS),
    Route(_EXPORT, "GET", "/v3/export-items", jobs.export_items, PAGING | {"job_id": _UUID}),
    Route(_EXPORT, "POST", "/v3/export-job-events", jobs.create_event, body=bodies.CREATE_EVENT),
    Route(_EXPORT, "GET", "/v3/export-job-items", jobs.job_item_of_entry, _ITEM_OF_ENTRY),
    Route(
        _EXPORT,
        "POST",
        "/v3/export-job-items:search",
        jobs.search_job_items,
        _PAGED_COMPANY,
        body=bodies.SEARCH_JOB_ITEMS,
        reads=True,
    ),
    Route(_INSTALL, "GET", _ME, companies.get_installation, _COMPANY),
    Route(_INSTALL, "POST", _ME, companies.create_installation, body=bodies.CREATE_INSTALLATION),
    Route(_INSTALL, "PUT", _ME, companies.update_installation, body=bodies.UPDATE_INSTALLATION),
    Route(_INSTALL, "DELETE", _ME, companies.delete_installation),
    Route(_INSTALL, "POST", _ME + ":activate", companies.activate_installation),
    Route(_PEOPLE, "GET", "/v1/companies", companies.list_companies, PAGING | {"organization_id": _UUID}),
    Route(_PEOPLE, "GET", "/v1/companies/{companyId}", companies.get_company),
    Route(_PEOPLE, "GET", "/v2/employees", companies.list_employees, _EMPLOYEES),
    Route(_PEOPLE, "GET", "/v2/employees/{employeeId}", companies.get_employee),
    Route(_TAGS, "GET", "/v0/tag-groups", tags.list_groups, _LIST_GROUPS),
    Route(_TAGS, "POST", "/v0/tag-groups", tags.create_group, _COMPANY, body=bodies.CREATE_GROUP),
    Route(_TAGS, "GET", _GROUP, tags.get_group),
    Route(_TAGS, "PUT", _GROUP, tags.update_group, body=bodies.UPDATE_GROUP),
    Route(_TAGS, "DELETE", _GROUP, tags.delete_group),
    Route(_TAGS, "GET", _GROUP_TAGS, tags.list_tags, PAGING | {"include_archived": _FLAG}),
    Route(_TAGS, "POST", _GROUP_TAGS, tags.create_tag, body=bodies.CREATE_TAG),
    Route(_TAGS, "GET", "/v0/tags", tags.search_tags, _OLD_SEARCH),
    Route(_TAGS, "DELETE", "/v0/tags", tags.delete_tags, body=bodies.DELETE_TAGS),
    Route(_TAGS, "POST", "/v0/tags/archive", tags.archive_tags, body=bodies.ARCHIVE_TAGS),
    Route(_TAGS, "GET", _TAG, tags.get_tag),
    Route(_TAGS, "PUT", _TAG, tags.update_tag, body=bodies.UPDATE_TAG),
    Route(_TAGS, "DELETE", _TAG, tags.delete_tag),
    Route(
        _TAGS,
        "POST",
        "/v0/tags:search",
        tags.search_tags,
        _PAGED_COMPANY | {"organization_id": _UUID},
        body=bodies.SEARCH_TAGS,
        body_required=False,
        reads=True,
    ),
    Route(_TAX, "POST", "/v0/tax-codes", taxcodes.create_tax_code, body=bodies.TAX_CODE),
    Route(_TAX, "GET", _TAX_CODE, taxcodes.get_tax_code),
    Route(_TAX, "PUT", _TAX_CODE, taxcodes.update_tax_code, body=bodies.TAX_CODE),
    Route(_TAX, "DELETE", _TAX_CODE, taxcodes.delete_tax_code),
    Route(
        _TAX,
        "POST",
        "/v0/tax-codes:search",
        taxcodes.search_tax_codes,
        _PAGED_COMPANY,
        body=bodies.SEARCH_TAX_CODES,
        body_required=False,
        reads=True,
    ),
    Route(_CHART, "POST", "/v1/chart-of-accounts", accounts.create_account, body=bodies.CREATE_ACCOUNT),
    Route(_CHART, "POST", "/v1/chart-of-accounts/batch", accounts.create_accounts, body=bodies.CREATE_ACCOUNTS),
    Route(_CHART, "GET", _ACCOUNT, accounts.get_account),
    Route(_CHART, "PUT", _ACCOUNT, accounts.update_account, body=bodies.UPDATE_ACCOUNT),
    Route(_CHART, "DELETE", _ACCOUNT, accounts.delete_account),
    Route(_CHART, "POST", "/v1/chart-of-accounts:search", accounts.search_accounts, PAGING, body=bodies.SEARCH_ACCOUNTS, reads=True),
)


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[re.Pattern[str], Route], ...]:
    def pattern(path: str) -> re.Pattern[str]:
        return re.compile("/".join(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/:]+)", re.escape(part)) for part in path.split("/")))

    # Literal paths before those with a placeholder: /v0/tags/archive is no tag.
    return tuple((pattern(route.path), route) for route in sorted(ROUTES, key=lambda route: "{" in route.path))


def find(method: str, path: str) -> tuple[Route, dict[str, str]]:
    """Return the route and the ids in the path.

    Raises Refusal: 404 for a path nobody knows, 405 for a wrong method, 400 for an id that is no UUID.
    """
    fits = [(route, match.groupdict()) for pattern, route in _patterns() if (match := pattern.fullmatch(path))]
    literal = [found for found in fits if "{" not in found[0].path]
    for route, ids in literal or fits:
        if route.method == method:
            for name, value in ids.items():
                if not is_uuid(value):
                    raise bad_request(f"{name} in the path must be a UUID")
            return route, ids
    if fits:
        raise Refusal(405, "METHOD_NOT_ALLOWED", f"{method} is not allowed on {path}")
    raise Refusal(404, "NOT_FOUND", f"There is nothing at {path}")
