"""What `manage.py demo` sets before settings are read: a folder, a database and keys of its own, loopback only."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / ".demo"


def set_environment() -> None:
    """Prepare the demo's folder and environment. Ends the program where a DATABASE_URL of somebody else's is set.

    Each run starts afresh; with --keep it goes on where the last one stopped, with the same keys.
    """
    folder = Path(os.environ.get("DEMO_FOLDER", FOLDER))
    database_url = f"sqlite:///{folder / 'demo.sqlite3'}"
    if os.environ.get("DATABASE_URL", database_url) != database_url:
        sys.exit(
            "The demo uses a database of its own and does not touch the one DATABASE_URL names. Unset DATABASE_URL and start it again."
        )
    if "--keep" not in sys.argv and folder.is_dir():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    web = os.environ.get("DEMO_WEB_PORT", "8000")
    os.environ.update(
        {
            "DEMO_FOLDER": str(folder),
            "DATABASE_URL": database_url,
            "SECRET_KEY": _kept(folder / "secret_key", lambda: secrets.token_urlsafe(50)),
            "FIELD_ENCRYPTION_KEY": _kept(folder / "field_key", lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()),
            "DEMO_PASSWORD": _kept(folder / "password", lambda: secrets.token_urlsafe(12)),
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


def _kept(path: Path, make: Callable[[], str]) -> str:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(make())
    return path.read_text()
