"""Pages with cursors. A cursor names the last row seen, so that it holds although rows come, go or change state."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any

from integration.sandbox.pleo.call import Call

Row = dict[str, Any]


def page(
    call: Call,
    rows: Sequence[Row],
    *,
    of: str,
    key: str = "id",
    keep: Callable[[Row], bool] = lambda row: True,
    render: Callable[[Row], Row] = lambda row: row,
    sort: str = "",
) -> Row:
    """Return the answer's body: one page of the rows that `keep` takes, and where it stands.

    of: name of the list; a cursor of another list is refused. sort: the key to sort by, falling, where the caller
    asks for no order of its own.
    """
    query = call.query
    given = [name for name in ("before", "after", "offset") if name in query]
    if len(given) > 1:
        call.refuse("form.paging", f"{' and '.join(given)} cannot be used together")
    limit = query.get("limit", call.settings.page_size)
    if limit > call.settings.max_page_size:
        call.refuse("form.limit", f"limit must be at most {call.settings.max_page_size}")

    ordered = _ordered(call, list(rows), sort)
    kept = [index for index, row in enumerate(ordered) if keep(row)]
    if "before" in query:
        stop = _position(call, "before", ordered, of, key)
        earlier = [index for index in kept if index < stop]
        chosen = earlier[max(0, len(earlier) - limit) :]
    elif "after" in query:
        start = _position(call, "after", ordered, of, key)
        chosen = [index for index in kept if index > start][:limit]
    else:
        chosen = kept[query.get("offset", 0) :][:limit]

    first, last = (chosen[0], chosen[-1]) if chosen else (0, -1)
    info: Row = {
        "currentRequestPagination": _request_info(call, limit),
        "hasNextPage": bool(kept) and kept[-1] > last if chosen else bool(limit == 0 and kept),
        "hasPreviousPage": bool(chosen) and kept[0] < first,
        "total": len(kept),
    }
    if chosen:
        info["startCursor"] = _cursor(of, str(ordered[first][key]))
        info["endCursor"] = _cursor(of, str(ordered[last][key]))
    return {"data": [render(ordered[index]) for index in chosen], "pagination": info}


def _ordered(call: Call, rows: list[Row], sort: str) -> list[Row]:
    keys, orders = call.query.get("sorting_keys", []), call.query.get("sorting_order", [])
    if len(keys) != len(orders):
        call.refuse("form.sorting_order", "sorting_order must be of the same length as sorting_keys")
    if not keys and sort:
        keys, orders = [sort], ["DESC"]
    for name, order in reversed(list(zip(keys, orders, strict=True))):
        if rows and not any(name in row for row in rows):
            call.refuse("form.sorting_key", f"cannot sort by {name}")
        nulls_first = order.endswith("NULLS_FIRST")
        empty = [row for row in rows if row.get(name) is None]
        filled = sorted(
            (row for row in rows if row.get(name) is not None),
            key=lambda row: row[name] if isinstance(row[name], int | float) else str(row[name]),
            reverse=order.startswith("DESC"),
        )
        rows = empty + filled if nulls_first else filled + empty
    return rows


def _cursor(of: str, key: str) -> str:
    return base64.b32encode(f"{of} {key}".encode()).decode()


def _position(call: Call, parameter: str, ordered: Sequence[Row], of: str, key: str) -> int:
    cursor = call.query[parameter]
    try:
        name, _, wanted = base64.b32decode(cursor).decode().partition(" ")
    except (binascii.Error, UnicodeDecodeError):
        name, wanted = "", ""
    for index, row in enumerate(ordered):
        if name == of and str(row[key]) == wanted:
            return index
    call.refuse(f"form.{parameter}", "the cursor is not one that was given out for this list, or names a row that is not there")
    raise AssertionError("a cursor without a place cannot be relaxed")


def _request_info(call: Call, limit: int) -> Row:
    info: Row = {"limit": limit, "parameters": {}}
    for name, value in call.query.items():
        if name in ("before", "after", "offset"):
            info[name] = value
        elif name == "sorting_keys":
            info["sortingKeys"] = value
        elif name == "sorting_order":
            info["sortingOrder"] = value
        elif name != "limit":
            values = value if isinstance(value, list) else [value]
            info["parameters"][name] = [str(each).lower() if isinstance(each, bool) else str(each) for each in values]
    return info
