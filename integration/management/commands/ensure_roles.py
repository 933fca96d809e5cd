from typing import Any

from django.core.management.base import BaseCommand

from config.roles import ensure_roles


class Command(BaseCommand):
    help = "Make the roles viewer, operator and administrator, or make them right again."

    def handle(self, **options: Any) -> None:
        for role, count in ensure_roles().items():
            self.stdout.write(f"{role}: {count} permissions")
