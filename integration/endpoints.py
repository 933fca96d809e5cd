"""Which addresses of other systems may be spoken to. Asked before every request, not only when they are saved."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from django.conf import settings


def check_intacct_endpoint(url: str) -> None:
    """Raise ValueError unless `url` is https on *.intacct.com, or an allowed loopback address."""
    _check(url, suffix="intacct.com", system="Sage Intacct")


def check_pleo_base_url(url: str) -> None:
    """Raise ValueError unless `url` is https on *.pleo.io, or an allowed loopback address."""
    _check(url, suffix="pleo.io", system="Pleo")


def is_loopback(host: str) -> bool:
    """Tell whether `host` is written as a loopback address; names other than localhost are not looked up."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check(url: str, *, suffix: str, system: str) -> None:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.username or parts.password:
        raise ValueError(f"{system}'s address must not contain a user name or password.")
    if is_loopback(host):
        if not settings.ALLOW_LOOPBACK_ENDPOINTS:
            raise ValueError(f"{url} is on this machine; that is only allowed with ALLOW_LOOPBACK_ENDPOINTS, for the sandbox.")
        if parts.scheme not in ("http", "https"):
            raise ValueError(f"{url} must begin with http:// or https://.")
        return
    if parts.scheme != "https":
        raise ValueError(f"{url} must begin with https://.")
    if host != suffix and not host.endswith("." + suffix):
        raise ValueError(f"{url} is not an address of {system} (…{suffix}).")
    if parts.port not in (None, 443):
        raise ValueError(f"{url} names a port; {system} listens on the usual one.")
