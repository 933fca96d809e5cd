from __future__ import annotations

import platform
import tomllib
from pathlib import Path
from typing import Any

import django
from django.core.management.base import BaseCommand

PROJECT = Path(__file__).resolve().parents[3] / "pyproject.toml"


def version() -> str:
    """Return the version of the application, which stands in pyproject.toml and nowhere else."""
    return str(tomllib.loads(PROJECT.read_text())["project"]["version"])


class Command(BaseCommand):
    """In the place of Django's own `version`, which names Django's alone. `manage.py` calls it before settings are read."""

    help = "Print the version of the application, of Django and of Python."
    requires_system_checks = ()

    def handle(self, **options: Any) -> None:
        self.stdout.write(f"Pleo to Sage Intacct {version()} (Django {django.get_version()}, Python {platform.python_version()})")
