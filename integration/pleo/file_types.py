"""What a file is, by its content; a name or a header may say anything."""

from __future__ import annotations

import io
import json
import unicodedata
import zipfile

# By first bytes. Source: the formats' own specifications.
_MAGIC = ((b"%PDF-", "pdf"), (b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpg"))
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKUP = ("<!doctype", "<html", "<?xml", "<svg", "<script")
# Readers look for the header of a PDF this far; mail and scan software puts bytes before it.
# Source: PDF Reference 1.7, appendix H, implementation note 13.
_PDF_HEADER_WITHIN = 1024
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
# Controls, lone surrogates and unassigned characters are no text; format characters (direction, joiners, marks) are.
_NO_TEXT = ("Cc", "Cs", "Cn", "Co")


def file_type(content: bytes) -> str:
    """Return pdf, png, jpg, doc, docx, xls, xlsx or txt; "" for anything else (web pages, SVG and JSON among it)."""
    head = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if content.startswith(_OLE):
        # Both old Office formats are OLE files; the name of their main stream (UTF-16) tells them apart.
        return "doc" if "WordDocument".encode("utf-16-le") in content else "xls" if "Workbook".encode("utf-16-le") in content else ""
    if content.startswith(b"PK\x03\x04"):
        return _office_type(content)
    text = _as_text(content)
    if text is not None and is_message(content):
        return ""
    if b"%PDF-" in content[: _PDF_HEADER_WITHIN + 5]:
        return "pdf"
    return "txt" if text is not None else ""


def is_message(content: bytes) -> bool:
    """Whether this is what a host says instead of handing over a file: a web page, or JSON."""
    text = (_as_text(content) or "").lstrip("\N{ZERO WIDTH NO-BREAK SPACE} \t\r\n\f")
    if text[:16].lower().startswith(_MARKUP):
        return True
    if not text.startswith(("{", "[")):
        return False
    try:
        json.loads(text)
    except RecursionError:
        return True
    except ValueError:
        return text.startswith('{"')  # cut off in the middle
    return True


def _as_text(content: bytes) -> str | None:
    """Return the content as text, None where it is none: UTF-8, UTF-16 with its mark, else Windows-1252."""
    for encoding in ("utf-16",) if content.startswith(_UTF_16) else ("utf-8", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text.strip("\N{ZERO WIDTH NO-BREAK SPACE} \t\r\n\f") and all(
            character in "\r\n\t\f\x85" or unicodedata.category(character) not in _NO_TEXT for character in text
        ):
            return text
        return None
    return None


def _office_type(content: bytes) -> str:
    try:
        names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return ""
    if any(name.startswith("word/") for name in names):
        return "docx"
    return "xlsx" if any(name.startswith("xl/") for name in names) else ""
