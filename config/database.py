"""Why a command could not use the database, in one sentence."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor


def not_migrated() -> str:
    """Say that migrations are missing; "" where none is. Raises DatabaseError where the database does not answer."""
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if not missing:
        return ""
    steps = "1 migration is" if missing == 1 else f"{missing} migrations are"
    return f"The database is not up to date: {steps} missing. Run `python manage.py migrate`, then this again."


def why_unusable() -> str:
    """Say what is to be done about the database before any command can use it; "" where nothing is known."""
    try:
        return not_migrated()
    except DatabaseError as error:
        return f"The database does not answer: {str(error).strip()}. See DATABASE_URL."
