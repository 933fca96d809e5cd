"""What Pleo holds of an accounting system's reference data, as immutable values. id: "" where it is not in Pleo yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class TagGroup:
    """A dimension, as Pleo's users tag with it. metadata: whatever Pleo or others keep there; sent back as it was read."""

    code: str
    name: str
    archived: bool = False
    id: str = ""
    metadata: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)


@dataclass(frozen=True, slots=True)
class Tag:
    code: str
    name: str
    archived: bool = False
    id: str = ""


@dataclass(frozen=True, slots=True)
class TaxCode:
    """rate: percent (20 means 20 %), turned into Pleo's 0.2 on the way. type: inclusive, exclusive or reverse.

    ingoing_account, outgoing_account: account codes that a person may have given it in Pleo; kept as they are.
    """

    code: str
    name: str
    rate: Decimal
    type: str
    archived: bool = False
    id: str = ""
    ingoing_account: str | None = None
    outgoing_account: str | None = None


@dataclass(frozen=True, slots=True)
class ChartAccount:
    """An account of Pleo's chart. external_id: what tells accounts apart in Pleo; cannot be changed there."""

    external_id: str
    code: str
    name: str
    archived: bool = False
    id: str = ""
    tax_code: str | None = None
    metadata: Mapping[str, Any] | None = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class CreatedAccounts:
    """What became of a batch: how many were created, and Pleo's reasons by external id of those that were not."""

    created: int
    refused: Mapping[str, str]
