"""The look of the admin: what the settings hand to Unfold, as plain values. The classes are in `config.admin_base.classes`.

This module is read while the settings load, so it imports nothing that needs them.
"""

from __future__ import annotations

from typing import Any

_SLATE = {
    "50": "oklch(98.4% .003 247.858)",
    "100": "oklch(96.8% .005 247.896)",
    "200": "oklch(92.5% .009 255.508)",
    "300": "oklch(86.9% .014 252.894)",
    "400": "oklch(70.4% .025 256.788)",
    "500": "oklch(54.4% .03 257.417)",
    "600": "oklch(44.6% .03 257.281)",
    "700": "oklch(37.2% .03 257.287)",
    "800": "oklch(27.9% .027 260.031)",
    "900": "oklch(20.8% .028 265.755)",
    "950": "oklch(12.9% .026 264.695)",
}
_INDIGO = {
    "50": "oklch(96.2% .018 272.314)",
    "100": "oklch(93% .034 272.788)",
    "200": "oklch(87% .065 274.039)",
    "300": "oklch(78.5% .115 274.713)",
    "400": "oklch(67.3% .182 276.935)",
    "500": "oklch(58.5% .2 277.117)",
    "600": "oklch(51.1% .22 276.966)",
    "700": "oklch(45.7% .2 277.023)",
    "800": "oklch(39.8% .17 277.366)",
    "900": "oklch(35.9% .135 278.697)",
    "950": "oklch(25.7% .09 281.288)",
}

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Pleo to Sage Intacct",
    "SITE_HEADER": "Pleo to Sage Intacct",
    "SITE_SYMBOL": "sync_alt",
    "SITE_URL": None,
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "6px",
    "COLORS": {"base": _SLATE, "primary": _INDIGO},
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "config.navigation.favicon"}],
    "STYLES": ["config.navigation.stylesheet"],
    "SCRIPTS": ["config.navigation.script"],
    "DASHBOARD_CALLBACK": "config.dashboard.dashboard",
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": "config.navigation.sidebar"},
}
