from __future__ import annotations

import os
import re
import secrets
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

NEXT = "Next: python manage.py migrate, ensure_roles, ensure_schedules and createsuperuser, one after the other."


class Command(BaseCommand):
    help = "Write .env with fresh keys and every variable of .env.example. Asks nothing, and never overwrites one that is there."
    requires_system_checks: list[str] = []

    def handle(self, **options: Any) -> None:
        path = settings.BASE_DIR / ".env"
        try:
            write(path, settings.BASE_DIR / ".env.example")
        except FileExistsError as error:
            raise CommandError(f"{path} is there already; nothing was changed.") from error
        self.stdout.write(f"Wrote {path}, with keys of its own. Keep a copy of FIELD_ENCRYPTION_KEY apart from the database's backups.")
        self.stdout.write(NEXT)


def write(path: Path, example: Path) -> None:
    """Write the example with fresh keys to `path`, readable by its owner only. Raises FileExistsError where it is there."""
    text = example.read_text()
    for name, key in (("SECRET_KEY", secrets.token_urlsafe(50)), ("FIELD_ENCRYPTION_KEY", Fernet.generate_key().decode())):
        text, count = re.subn(rf"^{name}=$", f"{name}={key}", text, flags=re.MULTILINE)
        if count != 1:
            raise CommandError(f"{example} has {count} lines {name}= in place of one; nothing was written.")
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
