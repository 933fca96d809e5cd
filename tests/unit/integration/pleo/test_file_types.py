from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.pleo.file_types import file_type, is_message

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20


def archive(*names):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return packed.getvalue()


class TestFileType:
    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "pdf"),
            (b"\n\n%PDF-1.4", "pdf"),
            (b"\xef\xbb\xbf%PDF-1.4", "pdf"),
            (PNG, "png"),
            (b"\xff\xd8\xff\xe0\x00\x10JFIF", "jpg"),
            (OLE + "WordDocument".encode("utf-16-le"), "doc"),
            (OLE + "Workbook".encode("utf-16-le"), "xls"),
            (archive("[Content_Types].xml", "word/document.xml"), "docx"),
            (archive("[Content_Types].xml", "xl/workbook.xml"), "xlsx"),
            ("Quittung Nr. 7\nSumme 12,00 €\r\n".encode(), "txt"),
            ("Taxi Paris\nTotal 12,50\u00a0€\nTVA 10\u00a0% 1,14\u00a0€\n".encode(), "txt"),
            (b"\xef\xbb\xbfTotal 12.50\r\n", "txt"),
            ("Café Nørrebro 12,50 €".encode("cp1252"), "txt"),
            ("Summe 12,00 €\r\n".encode("utf-16"), "txt"),
            ("Summe 12,00 €\r\n".encode("utf-16-be").join((b"\xfe\xff", b"")), "txt"),
            ("קבלה \u200f12.50".encode(), "txt"),
            (b"Content-Type: application/pdf\r\n\r\n%PDF-1.4\n%\xe2\xe3", "pdf"),
            (b"\x00" * 1019 + b"%PDF-1.4", "pdf"),
            (b"[Taxi Paris]\nTotal 12.50", "txt"),
        ],
    )
    def test_goes_by_content(self, content, expected):
        assert file_type(content) == expected

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"   \n",
            b"<html><body>Sign in</body></html>",
            b"<!DOCTYPE html><script>alert(1)</script>",
            b"\n\t <HTML>",
            b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
            b'<svg onload="alert(1)"/>',
            b"<script>alert(1)</script>",
            b"\xef\xbb\xbf<html>",
            b"GIF89a\x01\x00",
            b"MZ\x90\x00\x03\x00\x00\x00",
            b"\x7fELF\x02\x01\x01\x00",
            b"PK\x03\x04 broken",
            archive("evil.exe"),
            archive("payload/run.sh", "notes.txt"),
            OLE,
            b"plain text with a \x00 in it",
            b"\xff\xfe<\x00h\x00t\x00m\x00l\x00>\x00",
            b"\x00" * 1025 + b"%PDF-1.4",
            b"<html>see %PDF-1.4</html>",
            b'{"error": "The file is being prepared"}',
            b'\xef\xbb\xbf [{"code": 1}]',
            b'{"error": "The file is be',
            b'{"error": "%PDF-1.4"}',
            b"[" * 200_000,
            "\x85\x80".encode(),
        ],
    )
    def test_refuses_what_is_no_receipt(self, content):
        assert file_type(content) == ""

    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            # A polyglot is what its first bytes say; under that type nothing runs it.
            (b"%PDF-1.4\n<html><script>alert(1)</script></html>", "pdf"),
            (b"\xff\xd8\xff/*<script>*/=1;alert(1)//", "jpg"),
            (PNG + b"<?php system($_GET['c']); ?>", "png"),
            (b"%PDF-1.4\n" + archive("word/document.xml"), "pdf"),
        ],
    )
    def test_takes_a_polyglot_for_one_thing_only(self, content, expected):
        assert file_type(content) == expected

    @pytest.mark.parametrize(
        "content",
        [
            pytest.param(b"<!-- hello --><html><script>alert(1)</script>", id="comment first"),
            pytest.param(b"hello <script>alert(1)</script>", id="script later"),
            pytest.param(b"<body onload=alert(1)>", id="body"),
            pytest.param(b"<img src=x onerror=alert(1)>", id="img"),
        ],
    )
    def test_calls_other_markup_text_at_most(self, content):
        # Shown as text/plain with nosniff it does nothing; it must never be taken for a page or a picture.
        assert file_type(content) in ("", "txt")

    @given(st.binary(max_size=200))
    def test_takes_any_bytes(self, content):
        assert file_type(content) in {"", "pdf", "png", "jpg", "doc", "docx", "xls", "xlsx", "txt"}

    @given(st.binary(max_size=100))
    def test_takes_any_damaged_archive(self, rest):
        assert file_type(b"PK\x03\x04" + rest) in {"", "docx", "xlsx"}


class TestIsMessage:
    @pytest.mark.parametrize("content", [b'{"error": 1}', b"<html>Bad Gateway</html>", b"[]", b'\xff\xfe{\x00"\x00a\x00'])
    def test_tells_what_a_host_says_from_a_file(self, content):
        assert is_message(content)

    @pytest.mark.parametrize("content", [b"", b"Total 12.50", b"%PDF-1.4", PNG, b"{Taxi} 12.50", b"[1] Taxi 12.50"])
    def test_takes_no_file_for_a_message(self, content):
        assert not is_message(content)
