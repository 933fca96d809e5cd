"""The menu, in the words of those who use it, and the files of our own pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

from exports.models import ExportRecord

# (title, icon, page, what the address adds, permission)
_Item = tuple[str, str, str, str, str]
_GROUPS: Sequence[tuple[str, Sequence[_Item]]] = (
    ("", (("Dashboard", "space_dashboard", "index", "", ""),)),
    (
        "Work",
        (
            ("Needs you", "error", "exports_exportrecord_changelist", "?state=needs-you", "exports.view_exportrecord"),
            ("Expenses", "receipt_long", "exports_exportrecord_changelist", "", "exports.view_exportrecord"),
            ("What would be posted", "preview", "exports_preview", "", "exports.view_exportrecord"),
            ("Export jobs", "outbox", "exports_exportjob_changelist", "", "exports.view_exportjob"),
            ("Posted without receipt", "hide_image", "exports_exportrecord_changelist", "?receipt=without", "exports.view_exportrecord"),
        ),
    ),
    (
        "Sage Intacct data",
        (
            ("Entities", "domain", "referencedata_entity_changelist", "", "referencedata.view_entity"),
            ("Accounts", "account_tree", "referencedata_account_changelist", "", "referencedata.view_account"),
            ("Journals", "menu_book", "referencedata_journal_changelist", "", "referencedata.view_journal"),
            ("Bank accounts", "account_balance", "referencedata_checkingaccount_changelist", "", "referencedata.view_checkingaccount"),
            ("Vendors", "storefront", "referencedata_vendor_changelist", "", "referencedata.view_vendor"),
            ("Dimensions", "sell", "referencedata_dimension_changelist", "", "referencedata.view_dimension"),
            ("Tax codes", "percent", "referencedata_taxdetail_changelist", "", "referencedata.view_taxdetail"),
            ("Changes", "published_with_changes", "referencedata_change_changelist", "", "referencedata.view_change"),
            ("Settings", "settings", "referencedata_companysetting_changelist", "", "referencedata.view_companysetting"),
            ("Sync history", "history", "referencedata_syncrun_changelist", "", "referencedata.view_syncrun"),
            ("Published to Pleo", "publish", "referencedata_publishrun_changelist", "", "referencedata.view_publishrun"),
        ),
    ),
    (
        "Set-up",
        (
            ("Connections", "cable", "integration_connection_changelist", "", "integration.view_connection"),
            ("Entity configurations", "tune", "integration_entityconfiguration_changelist", "", "integration.view_entityconfiguration"),
        ),
    ),
    (
        "System",
        (
            ("Requests", "swap_vert", "exports_attempt_changelist", "", "exports.view_attempt"),
            ("Background tasks", "manufacturing", "django_q_task_changelist", "", "django_q.view_task"),
            ("Users", "group", "auth_user_changelist", "", "auth.view_user"),
            ("Help", "help", "help", "", ""),
        ),
    ),
)
# Lists that are reached from the page of Dimensions belong to its entry in the menu.
_DIMENSIONS = ("department", "dimensionclass", "project", "location", "employee", "userdefinedvalue",
               "task", "costtype", "customer", "item", "warehouse", "contract")  # fmt: skip


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the menu with what this person may see, and how many expenses need somebody."""
    groups = []
    for title, items in _GROUPS:
        shown = [_entry(request, *item) for item in items if not item[4] or request.user.has_perm(item[4])]
        if shown:
            groups.append({"title": title, "separator": bool(title), "items": shown})
    return groups


def stylesheet(request: HttpRequest) -> str:
    return static("pages.css")


def script(request: HttpRequest) -> str:
    return static("pages.js")


def favicon(request: HttpRequest) -> str:
    return static("favicon.svg")


def _entry(request: HttpRequest, title: str, icon: str, page: str, query: str, permission: str) -> dict[str, Any]:
    address = reverse("help" if page == "help" else f"admin:{page}")
    entry: dict[str, Any] = {"title": title, "icon": icon, "link": address + query, "active": _is_active(request, page, address, query)}
    if query == "?state=needs-you":
        waiting = ExportRecord.objects.needing_a_person().count()
        if waiting:
            entry["badge"] = f"{waiting:,}"
    return entry


def _is_active(request: HttpRequest, page: str, address: str, query: str) -> bool:
    if page == "index":
        return request.path == address
    if page == "exports_exportrecord_changelist":
        chosen = {"?state=needs-you": request.GET.get("state") == "needs-you", "?receipt=without": request.GET.get("receipt") == "without"}
        here = request.path.startswith(address) and not request.path.startswith(reverse("admin:exports_preview"))
        return here and (chosen[query] if query else not any(chosen.values()))
    if page == "referencedata_dimension_changelist" and any(
        request.path.startswith(address.replace("/dimension/", f"/{name}/")) for name in _DIMENSIONS
    ):
        return True
    return request.path.startswith(address)
