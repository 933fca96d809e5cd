#!/usr/bin/env python
"""Django's command line."""

import os
import sys

# These make the keys, or only explain: they must work before there are any, and nothing is signed or encrypted by them.
NEED_NO_KEYS = ("help", "init", "generate_encryption_key")


def asks_for_help(arguments: list[str]) -> bool:
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return not arguments or arguments[0] in NEED_NO_KEYS or any(each in ("-h", "--help", "--version") for each in options)


def main() -> None:
    command, *arguments = sys.argv[1:] or [""]
    if command == "version":
        # Django answers to this name itself, before it looks for commands. Needs no settings, so that it always answers.
        from config.management.commands.version import Command

        Command().run_from_argv(sys.argv)
        return
    if asks_for_help(sys.argv[1:]):
        os.environ["SECRET_KEY"] = "only for help"  # noqa: S105
        os.environ["FIELD_ENCRYPTION_KEY"] = "b25seS1mb3ItaGVscC1vbmx5LWZvci1oZWxwLTAwMDA="
    elif command == "demo":
        # The demo brings its own settings (folder, database, keys); they must be there before settings are read.
        from integration.demo import set_environment

        set_environment(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.db import DatabaseError

    try:
        settings.INSTALLED_APPS  # noqa: B018  Django itself would go on without settings and fail with a puzzle
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    from django.core.management import execute_from_command_line

    from config.database import why_unusable

    try:
        execute_from_command_line(sys.argv)
    except DatabaseError:
        why = "" if "--traceback" in arguments else why_unusable()
        if not why:
            raise
        sys.exit(why)


if __name__ == "__main__":
    main()
