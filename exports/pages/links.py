"""Which links of other systems a page may show."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def safe_link(link: str) -> str:
    """Return `link` where a person may follow it: https, or the sandbox on loopback where that is allowed; else ""."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return ""
    if parts.scheme == "https" and parts.hostname:
        return link
    if settings.ALLOW_LOOPBACK_ENDPOINTS and parts.scheme == "http" and parts.hostname in _LOOPBACK:
        return link
    return ""
