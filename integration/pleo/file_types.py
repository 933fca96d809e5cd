"""What a file is, by its content; a name or a header may say anything."""

from __future__ import annotations

import io
import zipfile

# By first bytes. Source: the formats' own specifications.
_MAGIC = ((b"%PDF-", "pdf"), (b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpg"))
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<svg", b"<script")


def file_type(content: bytes) -> str:
    """Return pdf, png, jpg, doc, docx, xls, xlsx or txt; "" for anything else (web pages and SVG among it)."""
    head = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if content.startswith(_OLE):
        # Both old Office formats are OLE files; the name of their main stream (UTF-16) tells them apart.
        return "doc" if "WordDocument".encode("utf-16-le") in content else "xls" if "Workbook".encode("utf-16-le") in content else ""
    if content.startswith(b"PK\x03\x04"):
        return _office_type(content)
    if head[:16].lower().startswith(_MARKUP):
        return ""
    return "txt" if _is_text(content) else ""


def _office_type(content: bytes) -> str:
    try:
        names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return ""
    if any(name.startswith("word/") for name in names):
        return "docx"
    return "xlsx" if any(name.startswith("xl/") for name in names) else ""


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return bool(text.strip()) and all(character.isprintable() or character in "\r\n\t\f" for character in text)
