"""Receipts made on the fly: small, valid files that look like what they are, the same bytes for the same file."""

from __future__ import annotations

import io
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from PIL import Image, ImageDraw, ImageFont

CONTENT_TYPES = {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg"}
_WIDTH, _TOP, _ROW = 360, 24, 24
_KEPT = 512  # files held in memory

_cache: dict[str, bytes] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is printed. lines: (text, amount as it is printed). number: "2/3" for the second of three files."""

    extension: str
    merchant: str
    day: str
    number: str
    lines: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, item: Mapping[str, Any], extension: str, number: str) -> Receipt:
        """The receipt of a Pleo item, in the currency the merchant charged."""
        if extension not in CONTENT_TYPES:
            raise ValueError(f"a receipt is one of {', '.join(CONTENT_TYPES)}, not {extension}")
        side = "inSupplierCurrency"
        total = item["amount"][side]
        rows, taxes = [], 0
        for index, line in enumerate(item["accountingEntryLines"], start=1):
            name = (line.get("account") or {}).get("name") or f"Item {index}"
            rows.append((name[:26], _printed(line["lineAmount"][side]["value"], "")))
            taxes += (line.get("tax") or {"amount": {side: {"value": 0}}})["amount"][side]["value"]
        rows.append(("VAT included" if taxes else "No VAT", _printed(taxes, "")))
        rows.append(("TOTAL", _printed(total["value"], total["currency"])))
        merchant = (item.get("supplier") or {}).get("name") or item["type"].replace("_", " ").title()
        return cls(extension, merchant, item["date"][:10], number, tuple(rows))

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Receipt:
        return cls(**{**row, "lines": tuple((text, amount) for text, amount in row["lines"])})

    def as_row(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def content_type(self) -> str:
        return CONTENT_TYPES[self.extension]

    def text(self) -> list[tuple[str, str]]:
        return [(self.merchant, ""), (f"Receipt {self.number}", self.day), ("", ""), *self.lines, ("Thank you", "")]


def content(file_id: str, receipt: Receipt) -> bytes:
    """Return the file. file_id: printed at its foot, so that no two files are equal."""
    with _lock:
        held = _cache.get(file_id)
    if held is None:
        held = _pdf(receipt, file_id) if receipt.extension == "pdf" else _picture(receipt, file_id)
        with _lock:
            if len(_cache) >= _KEPT:
                del _cache[next(iter(_cache))]
            _cache[file_id] = held
    return held


def _printed(minor: int, currency: str) -> str:
    sign, value = ("-" if minor < 0 else ""), abs(minor)
    return f"{sign}{value // 100}.{value % 100:02d} {currency}".strip()


@lru_cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _picture(receipt: Receipt, file_id: str) -> bytes:
    rows = [*receipt.text(), (file_id[:18], "")]
    image = Image.new("L", (_WIDTH, 2 * _TOP + _ROW * len(rows)), 250)
    draw = ImageDraw.Draw(image)
    plain, large = _font(15), _font(19)
    for index, (left, right) in enumerate(rows):
        y = _TOP + index * _ROW
        font = large if index == 0 or left == "TOTAL" else plain
        draw.text((20, y), _plain(left), fill=20, font=font)
        if right:
            draw.text((_WIDTH - 20, y), _plain(right), fill=20, font=font, anchor="ra")
    draw.rectangle((6, 6, _WIDTH - 7, image.height - 7), outline=170)
    out = io.BytesIO()
    if receipt.extension == "jpg":
        image.save(out, "JPEG", quality=70)
    else:
        image.save(out, "PNG")
    return out.getvalue()


def _plain(text: str) -> str:
    """What Latin-1 can show; anything else becomes a question mark."""
    return text.encode("latin-1", "replace").decode("latin-1")


def _pdf(receipt: Receipt, file_id: str) -> bytes:
    """A PDF of one page, written by hand: five objects and their table."""
    height = 420
    drawn = []
    for index, (left, right) in enumerate([*receipt.text(), (file_id[:18], "")]):
        y = height - 40 - 22 * index
        drawn.append(f"BT /F1 {15 if index == 0 else 11} Tf 24 {y} Td ({_escaped(left)}) Tj ET")
        if right:
            drawn.append(f"BT /F1 11 Tf 200 {y} Td ({_escaped(right)}) Tj ET")
    stream = "\n".join(drawn).encode("cp1252", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 %d] /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> >>" % height,
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, each in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for offset in offsets:
        out += b"%010d 00000 n \n" % offset
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
