"""The calls about reference data: tag groups, tags, tax codes and the chart of accounts of one Pleo company.

Source: Pleo OpenAPI files (tags, tax codes, chart of accounts).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TypeVar

from integration.errors import OutcomeUnknown, Rejected, SignInRefused
from integration.models import EntityConfiguration
from integration.pleo.client import TOTAL_SECONDS, PleoClient, read_rows, seconds_of
from integration.pleo.pacing import Turns
from integration.pleo.published import ChartAccount, CreatedAccounts, Tag, TagGroup, TaxCode

Answer = tuple[int, Mapping[str, str], bytes]
Transport = Callable[[str, str, Any, Any], Answer]

Made = TypeVar("Made")

# The only maximum that Pleo states anywhere (accounting entries); without a limit a page may have as few as 20.
PAGE = 100
TRIES = 3
FIRST_PAUSE = 5.0  # seconds, where Pleo limits us and does not say for how long


class ReferenceClient(PleoClient):
    """Speaks for one Pleo company. Every call waits for its turn; where Pleo limits us, all workers wait.

    transport: (method, path, query, body) to (status, headers, body); None for HTTP.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        company_id: str,
        turns: Turns,
        transport: Transport | None = None,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        super().__init__(base_url, api_key, total_seconds=total_seconds)
        self._company = company_id
        self._turns = turns
        self._transport = transport or super()._exchange
        self._limit = PAGE

    # Tag groups and tags

    def groups(self) -> list[TagGroup]:
        """Return all tag groups, archived ones too. Pleo does not page them."""
        answer = self._call("GET", "v0/tag-groups", query={"company_id": self._company, "include_archived": "true"})
        return list(read_rows(answer.get("data"), _group))

    def create_group(self, group: TagGroup) -> TagGroup:
        body = {"code": group.code, "name": group.name, "archived": group.archived}
        return self._made("POST", "v0/tag-groups", body, _group, query={"company_id": self._company})

    def change_group(self, group: TagGroup) -> None:
        body = {"code": group.code, "name": group.name, "archived": group.archived, "metadata": dict(group.metadata)}
        self._call("PUT", f"v0/tag-groups/{group.id}", body=body)

    def tags(self, group_id: str) -> Iterator[Tag]:
        """Yield all tags of a group, archived ones too."""
        return read_rows(self._all("GET", f"v0/tag-groups/{group_id}/tags", {"include_archived": "true"}), _tag)

    def create_tag(self, group_id: str, tag: Tag) -> Tag:
        """Raises Rejected where the group is full (400) or has the code already (409)."""
        return self._made("POST", f"v0/tag-groups/{group_id}/tags", _tag_body(tag), _tag)

    def change_tag(self, tag: Tag) -> None:
        self._call("PUT", f"v0/tags/{tag.id}", body=_tag_body(tag))

    def archive_tags(self, tags: Sequence[Tag]) -> None:
        """Archive at most a hundred tags in one call."""
        self._call("POST", "v0/tags/archive", body={"companyId": self._company, "archived": True, "tagIds": [tag.id for tag in tags]})

    # Tax codes

    def tax_codes(self) -> Iterator[TaxCode]:
        """Yield all tax codes, archived ones too."""
        return read_rows(self._all("POST", "v0/tax-codes:search", {"company_id": self._company}, body={}), _tax_code)

    def create_tax_code(self, code: TaxCode) -> TaxCode:
        """Pleo may hold several with one code: look before this is sent again."""
        return self._made("POST", "v0/tax-codes", self._tax_body(code), _tax_code)

    def change_tax_code(self, code: TaxCode) -> None:
        """Replace the whole record."""
        self._call("PUT", f"v0/tax-codes/{code.id}", body=self._tax_body(code))

    # Chart of accounts

    def accounts(self) -> Iterator[ChartAccount]:
        """Yield all accounts, archived ones too."""
        body = {"companyId": self._company, "excludeIfAssignedToCategory": False, "excludeIfAssignedToContraAccount": False}
        return read_rows(self._all("POST", "v1/chart-of-accounts:search", {}, body=body), _account)

    def create_accounts(self, accounts: Sequence[ChartAccount]) -> CreatedAccounts:
        """Create at most a thousand accounts in one call, each alone."""
        items = [{"externalId": each.external_id} | _account_body(each) for each in accounts]
        answer = self._call("POST", "v1/chart-of-accounts/batch", body={"companyId": self._company, "items": items})
        try:
            created, failed = answer["data"]["created"], answer["data"]["failed"]
            refused = {str(each["request"]["externalId"]): ", ".join(map(str, each["reasons"])) for each in failed}
            return CreatedAccounts(len(created), MappingProxyType(refused))
        except (KeyError, TypeError):
            raise OutcomeUnknown("Pleo's answer does not say which accounts were created.", code="unreadable") from None

    def change_account(self, account: ChartAccount) -> None:
        """Replace all of an account but its external id."""
        self._call("PUT", f"v1/chart-of-accounts/{account.id}", body=_account_body(account))

    # Transport

    def _all(self, method: str, path: str, query: Mapping[str, Any], body: Any = None) -> Iterator[Mapping[str, Any]]:
        """Yield the rows of all pages, in pages as large as Pleo gives them."""
        first = True
        try:
            for row in self._pages(method, path, {**query, **({"limit": self._limit} if self._limit else {})}, body):
                first = False
                yield row
        except Rejected as error:
            if isinstance(error, SignInRefused) or error.code in ("403", "404") or not first or not self._limit:
                raise
            self._limit = 0  # our limit may be what is refused: Pleo does not publish its own
            yield from self._all(method, path, query, body)

    def _made(
        self, method: str, path: str, body: Any, reader: Callable[[Mapping[str, Any]], Made], *, query: Mapping[str, Any] | None = None
    ) -> Made:
        """Create something and return it. An answer without it says nothing about what was done."""
        made = self._call(method, path, query=query, body=body).get("data")
        if not isinstance(made, dict) or not made.get("id"):
            raise OutcomeUnknown("Pleo's answer does not show what was created.", code="unreadable")
        try:
            return reader(made)
        except (LookupError, TypeError, ValueError, ArithmeticError):
            raise OutcomeUnknown("Pleo's answer does not show what was created.", code="unreadable") from None

    def _exchange(self, method: str, path: str, query: Any, body: Any) -> Answer:
        """Make the call in its turn. A call that Pleo did not take (429) is made again after the pause Pleo asks for."""
        for tries in range(1, TRIES + 1):
            self._turns.wait()
            answer = self._transport(method, path, query, body)
            status, headers, _ = answer
            if status != 429:
                break
            self._turns.hold_back(seconds_of(headers.get("Retry-After")) or FIRST_PAUSE * 2 ** (tries - 1))
        return answer

    def _tax_body(self, code: TaxCode) -> dict[str, Any]:
        body = {
            "companyId": self._company,
            "code": code.code,
            "name": code.name,
            "rate": code.rate / 100,
            "type": code.type,
            "archived": code.archived,
        }
        accounts = {"ingoingTaxAccount": code.ingoing_account, "outgoingTaxAccount": code.outgoing_account}
        return body | {name: value for name, value in accounts.items() if value is not None}


def reference_client_for(configuration: EntityConfiguration, turns: Turns) -> ReferenceClient:
    key = configuration.pleo_credentials.api_key
    base_url = configuration.connection.pleo_base_url
    return ReferenceClient(base_url, key, company_id=str(configuration.pleo_company_id), turns=turns)


def _group(row: Mapping[str, Any]) -> TagGroup:
    metadata = MappingProxyType(dict(row.get("metadata") or {}))
    return TagGroup(str(row["code"]), str(row.get("name") or ""), bool(row.get("archived")), str(row["id"]), metadata)


def _tag(row: Mapping[str, Any]) -> Tag:
    return Tag(str(row["code"]), str(row.get("name") or ""), bool(row.get("archived")), str(row["id"]))


def _tag_body(tag: Tag) -> dict[str, Any]:
    return {"code": tag.code, "name": tag.name, "archived": tag.archived}


def _tax_code(row: Mapping[str, Any]) -> TaxCode:
    return TaxCode(
        code=str(row.get("code") or ""),
        name=str(row.get("name") or ""),
        rate=Decimal(str(row.get("rate") or 0)) * 100,
        type=str(row.get("type") or "").lower(),
        archived=bool(row.get("archived")),
        id=str(row["id"]),
        ingoing_account=row.get("ingoingTaxAccount"),
        outgoing_account=row.get("outgoingTaxAccount"),
    )


def _account(row: Mapping[str, Any]) -> ChartAccount:
    return ChartAccount(
        external_id=str(row["externalId"]),
        code=str(row.get("code") or ""),
        name=str(row.get("name") or ""),
        archived=bool(row.get("archived")),
        id=str(row["id"]),
        tax_code=row.get("taxCodeExternalId"),
        metadata=row.get("metadata"),
    )


def _account_body(account: ChartAccount) -> dict[str, Any]:
    body = {"code": account.code or None, "name": account.name, "archived": account.archived}
    more = {"taxCodeExternalId": account.tax_code, "metadata": account.metadata}
    return body | {name: value for name, value in more.items() if value is not None}
