"""The help page: what states mean, and what to do about each kind of problem. Its words stand in the template."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    return TemplateResponse(request, "shown/help.html", {**admin.site.each_context(request), "title": "Help"})
