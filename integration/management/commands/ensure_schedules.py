from django.core.management.base import BaseCommand

from config.schedules import install_schedules


class Command(BaseCommand):
    help = "Install the schedules that the worker follows. Safe to run at every deployment."

    def handle(self, **options: object) -> None:
        self.stdout.write(f"Schedules in place: {', '.join(install_schedules())}.")
