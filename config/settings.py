"""All settings, read once at start. A missing or malformed value stops the start with a message naming the variable."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import environ
import structlog
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy

from config.logs import masking

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.FileAwareEnv()  # NAME_FILE=/path works for every variable, as secrets managers like it
if (BASE_DIR / ".env").is_file():
    env.read_env(BASE_DIR / ".env")


def required(name: str, meaning: str) -> str:
    value = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set: {meaning}. `python manage.py init` writes a .env with fresh keys.")
    return value


def whole(name: str, default: int, *, least: int, most: int) -> int:
    try:
        value = env.int(name, default=default)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number.") from error
    if not least <= value <= most:
        raise ImproperlyConfigured(f"{name} must lie between {least} and {most}, not {value}.")
    return value


# Core
SECRET_KEY = required("SECRET_KEY", "a long random text that signs sessions and links")
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "config.apps.ConfigApp",
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "simple_history",
    "django_q",
    "encrypted_model_fields",
    "integration",
    "referencedata",
    "exports",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# Database. docs/design.md, section 10: SQLite for one host, PostgreSQL where several hosts work together.
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
elif DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
else:
    raise ImproperlyConfigured("DATABASE_URL must name SQLite (sqlite:///path) or PostgreSQL (postgres://…).")

# Secrets of customers are encrypted columns; the newest key comes first and encrypts, the others still decrypt.
FIELD_ENCRYPTION_KEY = [
    key.strip() for key in required("FIELD_ENCRYPTION_KEY", "one or more Fernet keys, newest first").split(",") if key.strip()
]

# Sage Intacct and Pleo
INTACCT_SENDER_ID = env.str("INTACCT_SENDER_ID", default="")
INTACCT_SENDER_PASSWORD = env.str("INTACCT_SENDER_PASSWORD", default="")
ALLOW_LOOPBACK_ENDPOINTS = env.bool("ALLOW_LOOPBACK_ENDPOINTS", default=False)
LATE_COMMIT_HORIZON_SECONDS = whole("LATE_COMMIT_HORIZON_SECONDS", 1200, least=1, most=86_400)
LEASE_SECONDS = whole("LEASE_SECONDS", 300, least=3, most=3_600)
TRY_LATER_HOURS = whole("TRY_LATER_HOURS", 6, least=1, most=72)
MAX_RECEIPT_MEGABYTES = whole("MAX_RECEIPT_MEGABYTES", 30, least=1, most=50)
SYNC_EVERY_HOURS = whole("SYNC_EVERY_HOURS", 6, least=1, most=168)
# Of all workers together. Pleo takes 600 and asks for no more than 500.
PLEO_CALLS_A_MINUTE = whole("PLEO_CALLS_A_MINUTE", 450, least=10, most=60_000)
SYNC_KEYS_EVERY_HOURS = whole("SYNC_KEYS_EVERY_HOURS", 24, least=1, most=720)
SYNC_FULL_EVERY_DAYS = whole("SYNC_FULL_EVERY_DAYS", 7, least=1, most=90)
RECEIPTS_KEPT_DAYS = whole("RECEIPTS_KEPT_DAYS", 30, least=1, most=3_650)

# The queue only rings the bell (docs/design.md, section 10); config/checks.py refuses anything that weakens this.
Q_CLUSTER: dict[str, Any] = {
    "name": "pleo-intacct",
    "orm": "default",
    "workers": whole("Q_WORKERS", 2, least=1, most=64),
    "max_attempts": 1,
    "ack_failures": True,
    "catch_up": False,
    "timeout": 3 * LEASE_SECONDS,
    "retry": 9 * LEASE_SECONDS,
    "queue_limit": 1,
    "bulk": 1,
    "save_limit": 0,
    "poll": 1,
    "label": "Background tasks",
}

# Web
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")
# Who brings it may read /metrics; without it only staff, and this machine where no proxy stands in front.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
# Behind https (the default), cookies and HSTS insist on it; the demo on loopback says no.
HTTPS = env.bool("HTTPS", default=True)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# Language and time
LANGUAGE_CODE = "en-gb"
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_THOUSAND_SEPARATOR = True
DATE_FORMAT = "j M Y"
DATETIME_FORMAT = "j M Y H:i"
FORMAT_MODULE_PATH = ["config.formats"]

# Logging: one JSON line an event (or readable on a terminal), with everything secret masked before it is written.
LOG_FORMAT = env.str("LOG_FORMAT", default="console" if sys.stderr.isatty() else "json")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "structured": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                masking(structlog.dev.ConsoleRenderer() if LOG_FORMAT == "console" else structlog.processors.JSONRenderer()),
            ],
            "foreign_pre_chain": [structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True)],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {"django-q": {"level": "WARNING"}, "urllib3": {"level": "WARNING"}},
}
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)

from config.admin_base import UNFOLD  # noqa: E402, F401  the look of the admin: one module knows Unfold
