from django.apps import AppConfig


class ConfigApp(AppConfig):
    """Project-wide entry points: system checks, dashboard, schedules."""

    name = "config"

    def ready(self) -> None:
        from config import checks  # noqa: F401
