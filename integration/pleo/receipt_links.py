"""Fetching receipts from their signed links: hosts that anybody may have named, reached with care and without credentials."""

from __future__ import annotations

import ipaddress
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from integration.bodies import TookTooLong, TooLarge, read_body
from integration.endpoints import is_loopback

CONNECT_SECONDS = 10.0
# How long a host may be silent, and how long one file may take in all.
READ_SECONDS = 15.0
TOTAL_SECONDS = 60.0


class ReceiptUnreachable(Exception):
    """The file cannot be had from this link now. expired: the link died; a newly signed one may do."""

    def __init__(self, message: str, *, expired: bool = False) -> None:
        super().__init__(message)
        self.expired = expired


class ReceiptTooLarge(Exception):
    """The file is larger than the configured limit."""


def unsigned(url: str) -> str:
    """Return the link without its signature, as text for any column: it tells files apart and opens none."""
    return "".join(character for character in url.partition("#")[0].partition("?")[0] if character.isprintable())[:500]


def fetch_receipt(url: str, *, limit: int, total_seconds: float = TOTAL_SECONDS) -> bytes:
    """Fetch one file from its signed link: without our credentials, from a public address only, no redirects.

    limit: bytes. Raises ReceiptUnreachable or ReceiptTooLarge.
    """
    deadline = time.monotonic() + total_seconds
    _check_receipt_link(url)
    silent = min(READ_SECONDS, total_seconds)
    with requests.Session() as session:
        session.trust_env = False  # no .netrc: no credentials go to file hosts
        for scheme in ("https://", "http://"):
            session.mount(scheme, _FileHosts())
        try:
            with session.get(url, timeout=(min(CONNECT_SECONDS, silent), silent), allow_redirects=False, stream=True) as response:
                if response.status_code in (401, 403, 404, 410):
                    raise ReceiptUnreachable(f"The link no longer works (HTTP {response.status_code}).", expired=True)
                if response.status_code != 200:
                    raise ReceiptUnreachable(f"The file's host answered with HTTP {response.status_code}.")
                return read_body(response, deadline=deadline, limit=limit, read_seconds=silent)
        except TooLarge:
            raise ReceiptTooLarge from None
        except TookTooLong:
            raise ReceiptUnreachable("The file's host takes too long to send it.") from None
        # ValueError: a host or port in the link that only the libraries below find to be none.
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise ReceiptUnreachable(f"The file's host cannot be reached ({type(error).__name__}).") from None


def _check_receipt_link(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ReceiptUnreachable("The link cannot be read.") from None
    if parts.username or parts.password:
        raise ReceiptUnreachable("The link contains credentials; such links are not followed.")
    if is_loopback(host) and settings.ALLOW_LOOPBACK_ENDPOINTS and parts.scheme in ("http", "https"):
        return
    if parts.scheme != "https":
        raise ReceiptUnreachable("The link does not begin with https://; such links are not followed.")
    try:
        addresses = {info[4][0] for info in socket.getaddrinfo(host, port or 443, type=socket.SOCK_STREAM)}
    except (OSError, ValueError):
        raise ReceiptUnreachable("The host of the link is not known.") from None
    if not addresses or not all(_public(str(address)) for address in addresses):
        raise ReceiptUnreachable("The link leads to a private address; such links are not followed.")


def _check_peer(reached: socket.socket) -> None:
    """Refuse an address that is not public, or not known: a name may lead elsewhere since it was looked up."""
    try:
        address = str(reached.getpeername()[0])
        allowed = _public(address) or (is_loopback(address) and settings.ALLOW_LOOPBACK_ENDPOINTS)
    except (OSError, IndexError, ValueError):
        raise ReceiptUnreachable("Nobody can say where the link leads to; such links are not followed.") from None
    if not allowed:
        raise ReceiptUnreachable("The link leads to a private address; such links are not followed.")


class _Checked:
    """A connection that looks whom it has reached before the first byte is sent."""

    def _new_conn(self) -> socket.socket:
        reached: socket.socket = super()._new_conn()  # type: ignore[misc]
        try:
            _check_peer(reached)
        except ReceiptUnreachable:
            reached.close()
            raise
        return reached


class _Plain(_Checked, HTTPConnection):
    pass


class _Encrypted(_Checked, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _EncryptedPool(HTTPSConnectionPool):
    ConnectionCls = _Encrypted


class _FileHosts(HTTPAdapter):
    """Checks every connection to a file host, however it came about."""

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, **named)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _EncryptedPool}


def _public(address: str) -> bool:
    return ipaddress.ip_address(address.split("%", maxsplit=1)[0]).is_global
