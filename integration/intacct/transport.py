"""Sending one request to Sage Intacct over HTTP, and telling what did not arrive from what nobody can know."""

from __future__ import annotations

import time
from collections.abc import Callable

import requests
import urllib3

from integration.bodies import TookTooLong, TooLarge, read_body
from integration.errors import OutcomeUnknown, TryLater

CONNECT_SECONDS = 10.0
READ_SECONDS = 120.0
ANSWER_LIMIT = 64 * 1024 * 1024

# (url, body, total seconds) -> (HTTP status, body). Raises TryLater where nothing can have arrived, OutcomeUnknown else.
Transport = Callable[[str, bytes, float], tuple[int, bytes]]


def post(url: str, body: bytes, total_seconds: float) -> tuple[int, bytes]:
    """Send one request over HTTP; the default transport.

    No retries, no redirects, no proxies or .netrc of the host. Raises TryLater where no connection came about (nothing
    can have arrived), OutcomeUnknown for everything after the first byte may have left.
    """
    deadline = time.monotonic() + total_seconds
    with requests.Session() as session:
        session.trust_env = False
        try:
            with session.post(
                url,
                data=body,
                headers={"Content-Type": "application/xml", "Accept-Encoding": "gzip, deflate"},
                timeout=(min(CONNECT_SECONDS, total_seconds), min(READ_SECONDS, total_seconds)),
                allow_redirects=False,
                stream=True,
            ) as response:
                return response.status_code, read_body(response, deadline=deadline, limit=ANSWER_LIMIT, read_seconds=READ_SECONDS)
        except requests.exceptions.ConnectTimeout as error:
            raise TryLater("Sage Intacct could not be reached in time.", code="connect") from error
        except requests.exceptions.ConnectionError as error:
            if _never_connected(error):
                raise TryLater("Sage Intacct could not be reached.", code="connect") from error
            raise OutcomeUnknown("The connection to Sage Intacct broke before its answer came.", code="reset") from error
        except TooLarge as error:
            raise OutcomeUnknown("Sage Intacct's answer is larger than we read.", code="too large") from error
        except TookTooLong as error:
            raise OutcomeUnknown("Sage Intacct's answer took longer than we wait.", code="time-out") from error
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise OutcomeUnknown(f"No readable answer came from Sage Intacct ({type(error).__name__}).", code="no answer") from error


def _never_connected(error: requests.exceptions.ConnectionError) -> bool:
    """Tell whether the connection was never made, so that nothing can have been sent."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.NameResolutionError)
