"""The admin is the product; beside it only the signs of life."""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from config import health, help_page

urlpatterns = [
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("metrics", health.metrics, name="metrics"),
    path("admin/help/", admin.site.admin_view(help_page.show), name="help"),
    path("admin/", admin.site.urls),
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
]
