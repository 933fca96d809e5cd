"""Who may do what: viewer, operator, administrator (docs/design.md, section 9)."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

VIEWER, OPERATOR, ADMINISTRATOR = "viewer", "operator", "administrator"

# Nobody looks at these: secrets, and the bytes of files, which are reached through their receipt.
_UNSEEN = ("intacctcredentials", "pleocredentials", "receiptcontent")
_SEEN = Q(content_type__app_label__in=("integration", "referencedata", "exports")) | Q(
    content_type__app_label="django_q", codename="view_task"
)
_OPERATE = ("operate_connection", "operate_exportrecord")
_SET_UP = (
    *(f"{verb}_{model}" for verb in ("add", "change") for model in ("connection", "entityconfiguration")),
    *(f"{verb}_{model}" for verb in ("add", "change", "delete") for model in ("walletaccount", "dimensionmapping")),
)
_PEOPLE = ("view_user", "add_user", "change_user", "view_group")


def ensure_roles() -> dict[str, int]:
    """Make the three roles, or make them right again, and return how many permissions each has. Repeating it changes nothing."""
    viewing = Permission.objects.filter(_SEEN, codename__startswith="view_").exclude(content_type__model__in=_UNSEEN)
    operating = _named("integration", _OPERATE) | _named("exports", _OPERATE)
    setting_up = _named("integration", _SET_UP) | _named("auth", _PEOPLE)
    return {
        VIEWER: _give(VIEWER, viewing),
        OPERATOR: _give(OPERATOR, [*viewing, *operating]),
        ADMINISTRATOR: _give(ADMINISTRATOR, [*viewing, *operating, *setting_up]),
    }


def _named(app: str, codenames: Iterable[str]) -> set[Permission]:
    return set(Permission.objects.filter(content_type__app_label=app, codename__in=tuple(codenames)))


def _give(role: str, permissions: Iterable[Permission]) -> int:
    group, _ = Group.objects.get_or_create(name=role)
    held = list(permissions)
    group.permissions.set(held)
    return len(held)
