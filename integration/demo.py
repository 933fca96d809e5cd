"""The demo's folder, database and keys: set before settings are read, and locked by who runs it before anything is deleted."""

from __future__ import annotations

import argparse
import base64
import fcntl
import os
import secrets
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

FOLDER = Path(__file__).resolve().parent.parent / ".demo"

# What a demo writes into its folder, and the next one deletes. The lock stays: who runs the demo holds it.
_ITS_FILES = ("demo.sqlite3*", "sandbox.books*", "secret_key", "field_key", "password", "*.log")
_LOCK = "lock"
_KEY_FILES = {"SECRET_KEY": "secret_key", "FIELD_ENCRYPTION_KEY": "field_key", "DEMO_PASSWORD": "password"}
_PORTS = {"DEMO_WEB_PORT": 8000, "DEMO_SANDBOX_PORT": 8001}


class CannotStart(Exception):
    """The demo cannot start now; nothing was deleted. The message says what to do."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="Do the first export, print the tie-out, and end.")
    parser.add_argument("--keep", action="store_true", help="Go on with the data of the last demo.")


def set_environment(arguments: Sequence[str]) -> None:
    """Prepare the demo's environment; read its folder, but change nothing in it.

    arguments: those of the command. With --keep the keys are those of the last demo, else they are new; `claim` writes them down.
    Ends the program where a DATABASE_URL of somebody else's is set.
    """
    folder = Path(os.environ.get("DEMO_FOLDER", FOLDER)).absolute()
    database_url = f"sqlite:///{folder / 'demo.sqlite3'}"
    if os.environ.get("DATABASE_URL", database_url) != database_url:
        sys.exit(
            "The demo uses a database of its own and does not touch the one DATABASE_URL names. Unset DATABASE_URL and start it again."
        )
    # Read as the command will read them, so that an abbreviation or a mistake means the same here.
    parser = argparse.ArgumentParser(add_help=False)
    add_arguments(parser)
    keep = parser.parse_known_args(arguments)[0].keep
    fresh = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_ENCRYPTION_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "DEMO_PASSWORD": secrets.token_urlsafe(12),
    }
    web = os.environ.get("DEMO_WEB_PORT", str(_PORTS["DEMO_WEB_PORT"]))
    os.environ.update(
        {
            **{name: (_kept(folder / _KEY_FILES[name]) if keep else "") or value for name, value in fresh.items()},
            "DEMO_FOLDER": str(folder),
            "DATABASE_URL": database_url,
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
            "CSRF_TRUSTED_ORIGINS": f"http://127.0.0.1:{web},http://localhost:{web}",
            "ALLOW_LOOPBACK_ENDPOINTS": "true",
            "DEBUG": "false",
            "HTTPS": "false",
            "LATE_COMMIT_HORIZON_SECONDS": "20",
            "LEASE_SECONDS": "30",
            "PLEO_CALLS_A_MINUTE": "60000",  # the sandbox limits nobody
            "LOG_LEVEL": "WARNING",
            # Static files come straight from the packages here; there is no collected folder to warn about.
            "PYTHONWARNINGS": "ignore:No directory at:UserWarning",
        }
    )


def port(name: str) -> int:
    """Return the port that this variable names. Raises CannotStart where it is none."""
    value = os.environ.get(name, str(_PORTS[name]))
    if not value.isdigit() or not 0 < int(value) < 65_536:
        raise CannotStart(f"{name} must be a port number, not {value!r}.")
    return int(value)


def claim(folder: Path, *, keep: bool, serves: bool) -> IO[str]:
    """Lock the folder, empty it unless `keep`, and write the keys down. Return the lock: who has it open, holds it.

    serves: both ports are needed, and must be free before anything is deleted.

    Raises CannotStart where another demo runs in this folder, or a port is taken.
    """
    ports = [(name, port(name)) for name in _PORTS]
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / _LOCK).open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        raise CannotStart(
            f"A demo is running in {folder} already (process {lock.read().strip() or 'unknown'}). Nothing was changed. "
            f"Stop it first, or set DEMO_FOLDER, DEMO_WEB_PORT and DEMO_SANDBOX_PORT for a second one."
        ) from error
    if serves:
        for name, number in ports:
            _check_free(name, number)
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    if not keep:
        for path in [path for pattern in _ITS_FILES for path in folder.glob(pattern)]:
            path.unlink()
    for name, file in _KEY_FILES.items():
        (folder / file).touch(mode=0o600)
        (folder / file).write_text(os.environ[name])
    return lock


def _kept(path: Path) -> str:
    return path.read_text() if path.is_file() else ""


def _check_free(name: str, number: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError as error:
            raise CannotStart(
                f"Port {number} is already in use. Nothing was changed. Set {name} to another one and start the demo again."
            ) from error
