"""Every call the sandbox answers: its rows of the demands, and who carries it out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from integration.sandbox.http import Answer
from integration.sandbox.pleo import accounts, companies, jobs, tags, taxcodes
from integration.sandbox.pleo.call import Call, Settings
from integration.sandbox.pleo.demands import PAGES, Element, Record, exports
from integration.sandbox.pleo.demands import accounts as of_accounts
from integration.sandbox.pleo.demands import companies as of_companies
from integration.sandbox.pleo.demands import tags as of_tags
from integration.sandbox.pleo.demands import taxcodes as of_taxcodes
from integration.sandbox.pleo.shapes import is_uuid


@dataclass(frozen=True, slots=True)
class Route:
    """One call. paged: its list comes in pages. reads: carries nothing out although its method is not GET."""

    record: Record
    handler: Callable[[Call], Answer]
    paged: bool = False
    reads: bool = False

    @property
    def method(self) -> str:
        return self.record.on.partition(" ")[0]

    @property
    def path(self) -> str:
        """As the OpenAPI file writes it."""
        return self.record.on.partition(" ")[2]

    @property
    def query(self) -> dict[str, Element]:
        return self.record.query | (PAGES.query if self.paged else {})


ROUTES = (
    Route(exports.LIST_JOBS, jobs.list_jobs, paged=True),
    Route(exports.CREATE_JOB, jobs.create_job),
    Route(exports.GET_JOB, jobs.get_job),
    Route(exports.LIST_ITEMS, jobs.list_items, paged=True),
    Route(exports.UPDATE_ITEMS, jobs.update_items),
    Route(exports.EXPORT_ITEMS, jobs.export_items, paged=True),
    Route(exports.CREATE_EVENT, jobs.create_event),
    Route(exports.ITEM_OF_ENTRY, jobs.job_item_of_entry),
    Route(exports.SEARCH_ITEMS, jobs.search_job_items, paged=True, reads=True),
    Route(of_companies.GET_INSTALLATION, companies.get_installation),
    Route(of_companies.CREATE_INSTALLATION, companies.create_installation),
    Route(of_companies.UPDATE_INSTALLATION, companies.update_installation),
    Route(of_companies.DELETE_INSTALLATION, companies.delete_installation),
    Route(of_companies.ACTIVATE_INSTALLATION, companies.activate_installation),
    Route(of_companies.LIST_COMPANIES, companies.list_companies, paged=True),
    Route(of_companies.GET_COMPANY, companies.get_company),
    Route(of_companies.LIST_EMPLOYEES, companies.list_employees, paged=True),
    Route(of_companies.GET_EMPLOYEE, companies.get_employee),
    Route(of_tags.LIST_GROUPS, tags.list_groups),
    Route(of_tags.CREATE_GROUP, tags.create_group),
    Route(of_tags.GET_GROUP, tags.get_group),
    Route(of_tags.UPDATE_GROUP, tags.update_group),
    Route(of_tags.DELETE_GROUP, tags.delete_group),
    Route(of_tags.LIST_TAGS, tags.list_tags, paged=True),
    Route(of_tags.CREATE_TAG, tags.create_tag),
    Route(of_tags.SEARCH_TAGS_BY_QUERY, tags.search_tags, paged=True),
    Route(of_tags.DELETE_TAGS, tags.delete_tags),
    Route(of_tags.ARCHIVE_TAGS, tags.archive_tags),
    Route(of_tags.GET_TAG, tags.get_tag),
    Route(of_tags.UPDATE_TAG, tags.update_tag),
    Route(of_tags.DELETE_TAG, tags.delete_tag),
    Route(of_tags.SEARCH_TAGS, tags.search_tags, paged=True, reads=True),
    Route(of_taxcodes.CREATE_TAX_CODE, taxcodes.create_tax_code),
    Route(of_taxcodes.GET_TAX_CODE, taxcodes.get_tax_code),
    Route(of_taxcodes.UPDATE_TAX_CODE, taxcodes.update_tax_code),
    Route(of_taxcodes.DELETE_TAX_CODE, taxcodes.delete_tax_code),
    Route(of_taxcodes.SEARCH_TAX_CODES, taxcodes.search_tax_codes, paged=True, reads=True),
    Route(of_accounts.CREATE_ACCOUNT, accounts.create_account),
    Route(of_accounts.CREATE_ACCOUNTS, accounts.create_accounts),
    Route(of_accounts.GET_ACCOUNT, accounts.get_account),
    Route(of_accounts.UPDATE_ACCOUNT, accounts.update_account),
    Route(of_accounts.DELETE_ACCOUNT, accounts.delete_account),
    Route(of_accounts.SEARCH_ACCOUNTS, accounts.search_accounts, paged=True, reads=True),
)


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[re.Pattern[str], Route], ...]:
    def pattern(path: str) -> re.Pattern[str]:
        return re.compile("/".join(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/:]+)", re.escape(part)) for part in path.split("/")))

    # Literal paths before those with a placeholder: /v0/tags/archive is no tag.
    return tuple((pattern(route.path), route) for route in sorted(ROUTES, key=lambda route: "{" in route.path))


def find(settings: Settings, method: str, path: str) -> tuple[Route, dict[str, str]]:
    """Return the route and the ids in the path.

    Raises Refusal: 404 for a path nobody knows, 405 for a wrong method, 400 for an id that is no UUID.
    """
    fits = [(route, match.groupdict()) for pattern, route in _patterns() if (match := pattern.fullmatch(path))]
    literal = [found for found in fits if "{" not in found[0].path]
    for route, ids in literal or fits:
        if route.method == method:
            for name, value in ids.items():
                if not is_uuid(value):
                    settings.unmet_by_every_call("form.path", f"{name} in the path must be a UUID")
            return route, ids
    if fits:
        settings.unmet_by_every_call("method", f"{method} is not allowed on {path}")
    settings.unmet_by_every_call("not_found.path", f"There is nothing at {path}")
    raise AssertionError("a path that nobody knows cannot be relaxed")
