#!/usr/bin/env python
"""Django's command line."""

import os
import sys


def main() -> None:
    if sys.argv[1:2] == ["version"]:
        # Django answers to this name itself, before it looks for commands. Needs no settings, so that it always answers.
        from config.management.commands.version import Command

        Command().run_from_argv(sys.argv)
        return
    if sys.argv[1:2] == ["demo"]:
        # The demo brings its own settings (folder, database, keys); they must be there before settings are read.
        from integration.demo import set_environment

        set_environment()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        settings.INSTALLED_APPS  # noqa: B018  Django itself would go on without settings and fail with a puzzle
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
