"""Which country a name means: Sage Intacct shows countries by name, Pleo by their code.

The list of values of OPCOUNTRY is not published (docs/assumptions.md, D38): these are the English names of the countries
Pleo's customers and Intacct's tax solutions are in. Source: ISO 3166-1.
"""

from __future__ import annotations

from collections.abc import Mapping

_CODES: Mapping[str, str] = {
    "australia": "AU",
    "austria": "AT",
    "belgium": "BE",
    "bulgaria": "BG",
    "canada": "CA",
    "croatia": "HR",
    "cyprus": "CY",
    "czech republic": "CZ",
    "czechia": "CZ",
    "denmark": "DK",
    "estonia": "EE",
    "finland": "FI",
    "france": "FR",
    "germany": "DE",
    "great britain": "GB",
    "greece": "GR",
    "hungary": "HU",
    "iceland": "IS",
    "ireland": "IE",
    "italy": "IT",
    "latvia": "LV",
    "liechtenstein": "LI",
    "lithuania": "LT",
    "luxembourg": "LU",
    "malta": "MT",
    "netherlands": "NL",
    "new zealand": "NZ",
    "northern ireland": "GB",
    "norway": "NO",
    "poland": "PL",
    "portugal": "PT",
    "romania": "RO",
    "singapore": "SG",
    "slovakia": "SK",
    "slovenia": "SI",
    "south africa": "ZA",
    "spain": "ES",
    "sweden": "SE",
    "switzerland": "CH",
    "the netherlands": "NL",
    "uk": "GB",
    "united kingdom": "GB",
    "united states": "US",
    "united states of america": "US",
    "usa": "US",
}


def country_code(name: str) -> str:
    """Return the two letters of a country that Intacct names; "" where nobody can say."""
    plain = name.strip().casefold()
    return _CODES.get(plain, plain.upper() if len(plain) == 2 and plain.isascii() and plain.isalpha() else "")


def country_of(country: str, tax_solution: str) -> str:
    """Return the two letters of an entity's country: by its own, else by its tax solution ("United Kingdom - VAT")."""
    return country_code(country) or country_code(tax_solution.partition(" - ")[0])
