"""What both systems demand, as a page that people read: `python -m integration.sandbox.demands > docs/demands.md`."""

from __future__ import annotations

from integration.sandbox.intacct.demands import page as of_intacct
from integration.sandbox.pleo.demands import page as of_pleo


def page() -> str:
    return f"{of_intacct.page()}\n{of_pleo.page()}"


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201
