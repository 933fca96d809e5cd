"""Actions that ask before they act: which rows, what will happen, what will be left alone and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.admin import helpers
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.http import url_has_allowed_host_and_scheme

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Explanation:
    """What an action would do with the chosen rows. left_alone: (row, why).

    said: what else the page rests on; it comes back in `request.POST["said"]`, so that the action can tell whether that has
    changed since.
    """

    happens: str
    chosen: Sequence[Model]
    left_alone: Sequence[tuple[Model, str]] = field(default=())
    said: str = ""


Explain = Callable[[Any], Explanation]
Action = Callable[[Any, HttpRequest, Any], Any]


def confirmed_action(label: str, *, permissions: Sequence[str], explain: Explain, asks: str = "") -> Callable[[Action], Action]:
    """Make an admin action that first shows a page to confirm, and acts on the rows that page was about.

    permissions: as Django's `@admin.action` takes them. explain: what will happen with a queryset of chosen rows. asks: a
    question that has to be answered with it; the action finds the answer in `request.POST["answer"]`, never empty.
    """

    def decorate(act: Action) -> Action:
        @wraps(act)
        def ask_or_act(admin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
            back = _way_back(request)
            answered = not asks or request.POST.get("answer", "").strip()
            if request.POST.get("confirm") != "yes" or not answered:
                return _ask(admin, request, explain(queryset), label=label, name=act.__name__, back=back, asks=asks)
            # The page named these rows. What has left the list since is left alone; what has come to it too.
            asked_about = [int(pk) for pk in request.POST.get("asked_about", "").split(",") if pk.isdigit()]
            act(admin, request, queryset.filter(pk__in=asked_about))
            return HttpResponseRedirect(back)

        ask_or_act.short_description = label  # type: ignore[attr-defined]
        ask_or_act.allowed_permissions = tuple(permissions)  # type: ignore[attr-defined]
        return ask_or_act

    return decorate


def _ask(admin: Any, request: HttpRequest, explanation: Explanation, *, label: str, name: str, back: str, asks: str) -> HttpResponse | None:
    if not explanation.chosen and not explanation.left_alone:
        admin.message_user(request, "Nothing was chosen, so nothing was done.", messages.WARNING)
        return HttpResponseRedirect(back)
    opts = admin.model._meta
    context = {
        **admin.admin_site.each_context(request),
        "title": label,
        "label": label,
        "opts": opts,
        "media": admin.media,
        "explanation": explanation,
        "noun": opts.verbose_name if len(explanation.chosen) == 1 else opts.verbose_name_plural,
        "shown": explanation.chosen[:SHOWN],
        "more": max(len(explanation.chosen) - SHOWN, 0),
        "alone_shown": explanation.left_alone[:SHOWN],
        "alone_more": max(len(explanation.left_alone) - SHOWN, 0),
        "asked_about": ",".join(str(row.pk) for row in explanation.chosen),
        "action": name,
        "checkbox": helpers.ACTION_CHECKBOX_NAME,
        "back": back,
        "asks": asks,
    }
    return TemplateResponse(request, "shown/confirm.html", context)


def _way_back(request: HttpRequest) -> str:
    """Return where the person came from, with its filters; only pages of this site."""
    back = request.POST.get("back", "") or request.get_full_path()
    allowed = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return back if allowed else request.path
