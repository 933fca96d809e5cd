"""Nothing secret is written down: the last step before a log line leaves masks what looks like a secret."""

from __future__ import annotations

import re
from collections.abc import Callable, MutableMapping
from typing import Any

_MASKS = (
    (re.compile(r"(<(password|sessionid|userpassword)>)[^<]*", re.IGNORECASE), r"\1…"),
    (re.compile(r"(Authorization['\"]?\s*[:=]\s*['\"]?)(Basic|Bearer)\s+[\w+/=.~-]+", re.IGNORECASE), r"\1\2 …"),
    (re.compile(r"([?&](?:signature|sig|X-Amz-Signature|token)=)[^&\s\"']+", re.IGNORECASE), r"\1…"),
    (re.compile(r"(://[^/\s:@]+:)[^@\s/]+@"), r"\1…@"),
)

Renderer = Callable[[Any, str, MutableMapping[str, Any]], str | bytes]


def mask(text: str) -> str:
    """Return `text` with passwords, session ids, authorization headers and signatures of links blotted out."""
    for pattern, replacement in _MASKS:
        text = pattern.sub(replacement, text)
    return text


def masking(renderer: Renderer) -> Renderer:
    """Return a renderer that masks what `renderer` makes of an event, tracebacks included."""

    def render(logger: Any, name: str, event: MutableMapping[str, Any]) -> str:
        rendered = renderer(logger, name, event)
        return mask(rendered.decode() if isinstance(rendered, bytes) else rendered)

    return render
