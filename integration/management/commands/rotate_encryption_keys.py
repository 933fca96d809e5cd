from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from integration.fields import SecretField


class Command(BaseCommand):
    help = "Encrypt every stored secret anew with the first key of FIELD_ENCRYPTION_KEY; the others can be removed afterwards."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Read every secret with the keys at hand; write nothing.")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        count = 0
        with transaction.atomic():
            for model in apps.get_models():
                names = [field.name for field in model._meta.fields if isinstance(field, SecretField)]
                if not names:
                    continue
                for row in model._default_manager.all():
                    count += 1
                    if not dry_run:
                        row.save(update_fields=names)
        self.stdout.write(
            f"{count} rows with secrets {'could be read; nothing was written' if dry_run else 'encrypted with the first key'}."
        )
