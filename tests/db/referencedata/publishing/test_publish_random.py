"""Any sequence of changes on either side: Pleo's book equals the chosen part of ours, with one write per difference.

`PUBLISH_SEEDS=200 PUBLISH_SEED=7` makes it longer, or the same again.
"""

from __future__ import annotations

import os
import random
from decimal import Decimal
from typing import Any

import pytest

from integration.sandbox import http as faults
from integration.sandbox.http import Fault
from integration.sandbox.pleo.call import SIDE
from referencedata import models as copy
from referencedata.models import PublishedGroup, UnansweredCreate
from tests.db.referencedata.publishing_kit import DIMENSIONS, OWN, SOLUTION, Rig

pytestmark = pytest.mark.django_db

SEEDS = int(os.environ.get("PUBLISH_SEEDS", "12"))
FIRST = int(os.environ.get("PUBLISH_SEED", random.SystemRandom().randrange(10**6)))
MODELS = {
    "DEPARTMENT": copy.Department,
    "PROJECT": copy.Project,
    "LOCATION": copy.Location,
    "VENDOR": copy.Vendor,
    OWN: copy.UserDefinedValue,
}
RATES = ("0", "5", "12.5", "20", "-5", "-20")


@pytest.fixture(params=range(SEEDS))
def story(request, clock):
    seed = FIRST + request.param
    print(f"PUBLISH_SEED={seed} PUBLISH_SEEDS=1")
    return Story(Rig(clock), random.Random(seed))


class Story:
    """What happens by chance to our copy, to the configuration, and in Pleo's app."""

    def __init__(self, rig: Rig, chance: random.Random) -> None:
        self.rig, self.chance = rig, chance
        self._count = 0
        rig.choose("DEPARTMENT", OWN, publish_accounts=True)

    def happen(self, times: int) -> None:
        kinds = [self.new_value] * 5 + [self.change_value] * 6 + [self.new_tax] * 2 + [self.change_tax] * 3
        kinds += [self.new_account, self.change_account, self.choose, self.pair, self.person, self.person, self.person]
        for _ in range(times):
            self.chance.choice(kinds)()

    def code(self) -> str:
        """Return a new code; now and then one that was used before, in other capitals."""
        self._count += 1
        code = f"{self.chance.choice(('P', 'p', 'Ü', 'x '))}-{self._count}"
        return code if self.chance.random() < 0.9 else f"P-{self.chance.randint(1, self._count)}"

    def name(self) -> str:
        return self.chance.choice(("Sales", "R&D <1>", "Åre ☕", "", "Sales "))

    # Our copy

    def new_value(self) -> None:
        name = self.chance.choice(DIMENSIONS)
        more: dict[str, Any] = {"status": self.chance.choice(("ACTIVE", "ACTIVE", "ACTIVE", "INACTIVE", "NON_POSTING"))}
        if name == "LOCATION":
            more["entity_code"] = self.chance.choice(("UK01", "UK01", "US01", ""))
        else:
            more["owner"] = self.chance.choice(("", "", "UK01", "US01"))
        self.rig.value(name, self.code(), self.name(), **more)

    def change_value(self) -> None:
        row = self.some(MODELS[self.chance.choice(DIMENSIONS)].objects.all())
        if row is None:
            return
        match self.chance.randrange(4):
            case 0 if row.NAME != row.CODE:
                row.name = self.name()
            case 1:
                row.status = self.chance.choice(("ACTIVE", "INACTIVE", "NON_POSTING"))
            case 2:
                row.retired_at = None if row.retired_at else self.rig.clock()
            case _:
                setattr(row, row.CODE, self.code())
        row.save()

    def new_tax(self) -> None:
        if self.chance.random() < 0.3:
            code, rate = self.code(), self.chance.choice([rate for rate in RATES if Decimal(rate) > 0])
            self.rig.tax(f"{code} Input", rate, reverse_charge=True)
            self.rig.tax(f"{code} Output", f"-{rate}", reverse_charge=True)
            return
        self.rig.tax(
            self.chance.choice(("Goods ", "goods ")) + self.code(),
            self.chance.choice(RATES),
            description=self.name(),
            reverse_charge=self.chance.random() < 0.5,
            tax_type=self.chance.choice(("PURCHASE", "PURCHASE", "PURCHASE", "SALE")),
            solution=self.chance.choice((SOLUTION, SOLUTION, SOLUTION, "Ireland - VAT")),
        )

    def change_tax(self) -> None:
        row = self.some(copy.TaxDetail.objects.all())
        if row is None:
            return
        match self.chance.randrange(4):
            case 0:
                row.value = Decimal(self.chance.choice(RATES))
            case 1:
                row.reverse_charge = not row.reverse_charge
            case 2:
                row.retired_at = None if row.retired_at else self.rig.clock()
            case _:
                row.description = self.name()
        row.save()

    def new_account(self) -> None:
        self.rig.account(self.code(), self.name(), control=self.chance.random() < 0.2)

    def change_account(self) -> None:
        row = self.some(copy.Account.objects.all())
        if row:
            row.title = self.name()
            row.status = self.chance.choice(("ACTIVE", "INACTIVE"))
            row.save()

    # The configuration

    def choose(self) -> None:
        self.rig.choose(*self.chance.sample(DIMENSIONS, self.chance.randint(0, 5)))

    def pair(self) -> None:
        first, second = self.some(copy.TaxDetail.objects.all()), self.some(copy.TaxDetail.objects.all())
        if first and second:
            self.rig.choose(*self.chosen(), tax_code_pairs={first.detail_id: second.detail_id})

    # Pleo's app

    def person(self) -> None:
        rig = self.rig
        group = self.among(rig.books.all(SIDE, "tag group"))
        tag = self.among(rig.books.all(SIDE, f"tag {group['id']}")) if group else None
        tax = self.among(rig.books.all(SIDE, "tax code"))
        match self.chance.randrange(7):
            case 0 if tag:
                rig.call("PUT", f"/v0/tags/{tag['id']}", {"code": tag["code"], "name": "By hand", "archived": self.chance.random() < 0.5})
            case 1 if group:
                self._count += 1
                rig.call("POST", f"/v0/tag-groups/{group['id']}/tags", {"code": f"H-{self._count}", "name": "Hand", "archived": False})
            case 2 if group:
                body = {name: group[name] for name in ("code", "name", "metadata")} | {"archived": not group["archived"]}
                rig.call("PUT", f"/v0/tag-groups/{group['id']}", body)
            case 3 if not rig.group("REGION"):
                rig.make_group("REGION", "By hand", {"N": "North"})
            case 4 if tax:
                rig.make_tax_code(tax["code"], 0.19, archived=self.chance.random() < 0.3)
            case 5 if tax:
                body = {name: tax[name] for name in ("companyId", "code", "name", "rate", "type")} | {
                    "archived": self.chance.random() < 0.5
                }
                rig.call("PUT", f"/v0/tax-codes/{tax['id']}", body | {"ingoingTaxAccount": "2200"})
            case _:
                rig.make_tax_code(f"By hand {self.chance.randrange(10**6)}", 0.07)

    # What is to be: said once more, in other words than those of the rules

    def chosen(self) -> list[str]:
        return [mapping.dimension for mapping in self.rig.configuration.dimension_mappings.all()]

    def wanted_tags(self, dimension: str) -> dict[str, tuple[str, str]]:
        """Return (code, name) by code in capitals."""
        found: dict[str, tuple[str, str]] = {}
        for row in sorted(MODELS[dimension].objects.all(), key=lambda row: (row.retired_at is None, row.retired_at or 0, row.pk)):
            code = getattr(row, row.CODE)
            found.pop(code.upper(), None)
            here = row.entity_code == "UK01" if dimension == "LOCATION" else row.owner in ("", "UK01")
            if row.retired_at is None and row.status == "ACTIVE" and here:
                found[code.upper()] = (code, row.name.strip() or code)
        return found

    def wanted_taxes(self) -> dict[str, tuple[str, Decimal, str]]:
        rows: dict[str, Any] = {}
        for row in sorted(copy.TaxDetail.objects.all(), key=lambda row: (row.retired_at is None, row.retired_at or 0, row.pk)):
            rows[row.detail_id] = row
        pairs = self.rig.configuration.tax_code_pairs
        live = {code: row for code, row in rows.items() if row.active}
        flagged = [row for row in live.values() if row.reverse_charge]

        def outputs(row: Any) -> list[Any]:
            return [each for each in flagged if each.solution == row.solution and each.value == -row.value]

        def named_alike(row: Any) -> list[Any]:
            stem, every = row.detail_id.replace(" Input", ""), rows.values()
            alike = [each for each in every if each.reverse_charge and each.detail_id.replace(" Output", "").replace(" Input", "") == stem]
            alike = [each for each in alike if each.solution == row.solution and abs(each.value) == abs(row.value)]
            return [each for each in alike if each in outputs(row)] if len(alike) == 2 else []

        taken = set(pairs.values())
        for row in flagged:
            if row.value > 0 and row.detail_id not in pairs:
                taken |= {each.detail_id for each in outputs(row)}
        found = {}
        for code, row in live.items():
            if row.solution != SOLUTION or row.tax_type != "PURCHASE" or code in taken or row.value < 0:
                continue
            kind = "inclusive"
            if code in pairs:
                if not row.reverse_charge or row.value <= 0 or live.get(pairs[code]) not in outputs(row):
                    continue
                kind = "reverse"
            elif row.reverse_charge:
                if row.value == 0 or not named_alike(row):
                    continue
                kind = "reverse"
            found[code] = (row.description.strip() or code, row.value, kind)
        return found

    def wanted_accounts(self) -> dict[str, str]:
        last = {row.number: row for row in copy.Account.objects.order_by("pk")}
        return {number: row.title.strip() or number for number, row in last.items() if row.status == "ACTIVE" and not row.control}

    # How far apart the books are

    def differences(self) -> tuple[int, int]:
        """Return (values that differ, requests that writing them takes)."""
        total = requests = 0
        for name in DIMENSIONS:
            group = self.rig.group(name)
            if name not in self.chosen():
                ours = bool(group) and PublishedGroup.objects.filter(pleo_id=group["id"]).exists()
                total, requests = total + (ours and not group["archived"]), requests + (ours and not group["archived"])
                continue
            lacking = group is None or group["archived"]
            held = {row["code"].upper(): row for row in (self.rig.books.all(SIDE, f"tag {group['id']}") if group else [])}
            wanted = self.wanted_tags(name)
            old = sum(not row["archived"] and code not in wanted for code, row in held.items())
            other = sum(
                code not in held or held[code]["archived"] or (held[code]["code"], held[code].get("name", "")) != target
                for code, target in wanted.items()
            )
            total, requests = total + lacking + old + other, requests + lacking + -(-old // 100) + other
        more, calls = self._tax_differences()
        again, batch = self._account_differences()
        return total + more + again, requests + calls + batch

    def _tax_differences(self) -> tuple[int, int]:
        wanted, known = self.wanted_taxes(), set(copy.TaxDetail.objects.values_list("detail_id", flat=True))
        rows = self.rig.books.all(SIDE, "tax code")
        total = 0
        for code, (name, rate, kind) in wanted.items():
            active = [row for row in rows if row["code"] == code and not row["archived"]]
            right = any((row["name"], Decimal(str(row["rate"])) * 100, row["type"]) == (name, rate, kind) for row in active)
            total += (not right) + max(len(active) - 1, 0)
        total += sum(not row["archived"] and row["code"] in known and row["code"] not in wanted for row in rows)
        return total, total

    def _account_differences(self) -> tuple[int, int]:
        wanted, held = self.wanted_accounts(), {row["externalId"]: row for row in self.rig.books.all(SIDE, "account")}
        new = sum(number not in held for number in wanted)
        other = sum(number in held and (held[number]["archived"] or held[number]["name"] != name) for number, name in wanted.items())
        old = sum(not row["archived"] and number not in wanted for number, row in held.items())
        return new + other + old, bool(new) + other + old

    def check_books(self) -> None:
        """Pleo's side is the chosen part of ours, exactly; what people made there by hand is as they left it."""
        book = self.rig.tag_book()
        for name in DIMENSIONS:
            if name in self.chosen():
                assert book[self.rig.group(name)["code"]] == dict(self.wanted_tags(name).values())
            else:
                group = self.rig.group(name)
                assert not group or group["archived"] or not PublishedGroup.objects.filter(pleo_id=group["id"]).exists()
        known = set(copy.TaxDetail.objects.values_list("detail_id", flat=True))
        taxes = [row for row in self.rig.tax_book() if row[0] in known]
        assert taxes == sorted((code, *rest) for code, rest in self.wanted_taxes().items())
        assert self.rig.account_book() == self.wanted_accounts()

    def some(self, rows: Any) -> Any:
        return self.among(list(rows.order_by("pk")))

    def among(self, rows: list[Any]) -> Any:
        return self.chance.choice(rows) if rows else None


class TestPublish:
    def test_makes_the_books_equal_with_one_write_per_difference(self, story):
        rig = story.rig
        for _ in range(story.chance.randint(3, 6)):
            story.happen(story.chance.randint(1, 30))
            rig.clock.forward(minutes=30)
            values, requests = story.differences()
            before = rig.pleo.writes()

            run = rig.publish()

            assert run.went_well, run.error
            assert (run.written, rig.pleo.writes() - before) == (values, requests)
            story.check_books()
            assert story.differences() == (0, 0)
            again = rig.publish()
            assert (again.written, again.planned, rig.pleo.writes() - before) == (0, 0, requests)

    def test_makes_the_books_equal_whatever_goes_wrong_and_creates_nothing_twice(self, story):
        rig, chance = story.rig, story.chance
        for _ in range(3):
            story.happen(chance.randint(5, 30))
            kinds = [
                faults.RESET_AFTER,
                faults.RESET_BEFORE,
                faults.HTML_AFTER,
                faults.HTML_BEFORE,
                faults.OFFLINE,
                faults.EMPTY_BODY_AFTER,
            ]
            kinds += [faults.THROTTLE, faults.TIMEOUT_524_AFTER, faults.TRUNCATE_AFTER, "death"]
            for kind in chance.choices(kinds, k=chance.randint(1, 6)):
                if kind != "death":
                    rig.pleo.inject(Fault(kind, times=chance.randint(1, 3), skip=chance.randrange(12), seconds=chance.randrange(90)))
            made = _Made(rig)
            for _ in range(60):
                try:
                    run = rig.publish(before=_dying(chance))
                except KeyboardInterrupt:
                    run = None
                if run and run.went_well:
                    break
                rig.clock.forward(minutes=chance.choice((1, 5, 25)))
            rig.pleo.faults.clear()

            assert rig.publish().went_well
            story.check_books()
            assert made.twice() == []
        rig.clock.forward(minutes=25)
        rig.publish()
        assert not UnansweredCreate.objects.exists()


def _dying(chance: random.Random) -> Any:
    """Return what is called before each request: now and then the worker dies there."""

    def before(method: str, path: str, body: Any) -> None:
        if chance.random() < 0.02:
            raise KeyboardInterrupt

    return before


class _Made:
    """What stood in Pleo before, to see what was created since."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._before = {row["id"] for row in self._all()}

    def _all(self) -> list[dict[str, Any]]:
        books = self._rig.books
        groups = books.all(SIDE, "tag group")
        tags = [row for group in groups for row in books.all(SIDE, f"tag {group['id']}")]
        return [*groups, *tags, *books.all(SIDE, "tax code"), *books.all(SIDE, "account")]

    def twice(self) -> list[str]:
        keys = [f"{row.get('groupId', '')} {row.get('externalId') or row['code']}" for row in self._all() if row["id"] not in self._before]
        return sorted({key for key in keys if keys.count(key) > 1})
