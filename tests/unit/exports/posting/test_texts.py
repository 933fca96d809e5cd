import pytest

from exports.posting.texts import cleaned, composed, cut, supplier_amount
from tests.unit.exports.posting.posting_kit import context, entry, facts, item, line, plan, sentences

# What comes along from a PDF or a mail. Source: Unicode, general category Cf (format).
INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u2060\u2066\ufeff\U000e0001"

HOSTILE = [
    "",
    "   \t\n ",
    "a\x00b\x0bc\x1f",
    "\ud800 lone \udfff",
    "😀👩‍👩‍👧‍👦 ☕️",
    "\u202egnp.evil\u202c \u2066x\u2069",
    "]]> <![CDATA[ & < > \" '",
    "x" * 4000,
    "é" * 79 + "e\u0301" * 10,
    "﷽ مرحبا",
    "\ufffe\uffff\U0001fffe",
]


class TestCleaned:
    @pytest.mark.parametrize(
        ("text", "result"),
        [
            (" a \t\r\n b\u00a0c ", "a b c"),
            ("a\x00b\x1fc", "ab c"),  # U+001F is a blank to Python, and so to a reader
            ("a\ud800b", "ab"),
            ("a\ufffe\uffffb", "ab"),
            ("\u202eabc\u202c", "abc"),
            ("Café ☕️ 👩‍👧", "Café ☕️ 👩👧"),  # the joiner is as invisible as the others
            ("\x85a", "a"),
            *((f"INV{unseen}-4711{unseen}", "INV-4711") for unseen in INVISIBLE),
        ],
    )
    def test_keeps_what_a_reader_can_see(self, text, result):
        assert cleaned(text) == result


class TestCut:
    @pytest.mark.parametrize(
        ("text", "length", "result"),
        [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("ab cd", 4, "ab…"),
            ("ab · cd", 6, "ab…"),
            ("abcd", 1, "…"),
            ("abcd", 0, ""),
            ("abe\u0301d", 4, "ab…"),
            ("ab👩\u200d👧x", 5, "ab👩…"),
        ],
    )
    def test_marks_what_is_gone(self, text, length, result):
        assert cut(text, length) == result


class TestComposed:
    def test_cuts_free_texts_and_never_what_is_kept(self):
        assert composed(["x" * 100, "y"], ["ID-1"], 20) == "x" * 12 + "… · ID-1"

    def test_leaves_out_whole_what_does_not_fit(self):
        assert composed(["free"], ["x" * 21, "ID-2"], 20) == "free · ID-2"

    def test_leaves_out_what_is_empty(self):
        assert composed(["", " ", "a"], ["", "b"], 20) == "a · b"


class TestTheSupplierAmount:
    @pytest.mark.parametrize(
        ("charged", "said"),
        [(("USD", 10000), "USD 100.00"), (("GBP", 7940), ""), (("UNDEFINED", 10000), ""), (("usd", 10000), "")],
    )
    def test_stands_there_only_in_a_currency_that_is_one(self, charged, said):
        """Source: Pleo Export API v3, MoneyModel, currency: UNDEFINED is one of its values."""
        of = item(line(7940), supplier_amount=charged)

        assert supplier_amount(of) == said
        assert all("UNDEFINED" not in each.description for each in entry(of).lines)


class TestTextsOfAnEntry:
    def test_say_who_and_what_for(self):
        posted = entry(item(line(7940), supplier_amount=("USD", 10000), attendees=["Grace", "Alan"]))

        assert posted.title == "Trainline · Ada Byron · Ticket to Leeds"
        assert posted.lines[0].description == "Trainline · Ada Byron · Ticket to Leeds · with Grace, Alan · USD 100.00"
        assert posted.lines[1].description == "Trainline · Ada Byron · USD 100.00"

    def test_tell_the_lines_of_a_split_apart(self):
        posted = entry(item(line(100, name="Travel"), line(200, name="Meals")))

        assert [each.description.split(" · ")[1] for each in posted.lines] == ["Travel", "Meals", "Ada Byron"]

    def test_say_of_a_split_that_the_supplier_amount_is_of_the_whole(self):
        assert entry(item(line(100), line(200), supplier_amount=("USD", 400))).lines[0].description.endswith("· of USD 4.00")

    def test_name_the_kind_where_there_is_no_supplier(self):
        posted = entry(item(line(100, "7900"), type="fee", merchant="", employee="", note=""))

        assert posted.title == "Fee"

    def test_hold_the_book_id_in_the_document_where_it_fits(self):
        posted = entry(item(book_id="B" * 30))

        assert [each.document for each in posted.lines] == ["B" * 30] * 2
        assert "BBB" not in posted.title

    @pytest.mark.parametrize("length", [31, 50, 80])
    def test_hold_a_longer_book_id_whole_in_the_text(self, length):
        posted = entry(item(book_id="B" * length, note="n" * 200))

        assert [each.document for each in posted.lines] == ["", ""]
        assert all("B" * length in text for text in (posted.title, *(each.description for each in posted.lines)))

    def test_leave_a_book_id_out_whole_where_nothing_can_hold_it(self):
        planned = plan(item(book_id="B" * 81))

        assert "B" not in planned.principal.title.replace("Byron", "")
        assert any("too long" in note for note in planned.notes)

    def test_hold_the_invoice_number_of_a_card_invoice_in_the_document(self):
        posted = entry(item(type="card_invoice", invoice={"invoiceNumber": "INV-4711", "invoiceDate": "2026-03-01T00:00:00Z"}))

        assert [each.document for each in posted.lines] == ["INV-4711"] * 2
        assert "PLEO-0042" in posted.title

    @pytest.mark.parametrize("text", HOSTILE)
    def test_hold_any_text(self, text):
        hostile = item(
            line(100, tax=0, code="UK Purchase Goods Zero Rate", name=text),
            merchant=text, note=text, employee=text, attendees=[text, text], book_id=text,
        )  # fmt: skip

        planned = plan(hostile, context(), facts())

        planned.notes[0].encode()
        for each in (planned.principal.title, *(each.description for each in planned.principal.lines)):
            assert len(each) <= 80
            each.encode()
        assert planned.principal.title


class TestSentences:
    @pytest.mark.parametrize("text", [text for text in HOSTILE if text.strip()])
    def test_can_be_stored_and_reported_whatever_they_quote(self, text):
        hostile = item(
            line(100, text, name=text, tax=0, code=text, tags={text: text, "DEPARTMENT": text}),
            type="out_of_pocket", employee_code=text, employee=text, contra={"id": "c", "code": text},
            vendor={"id": "v", "name": text, "code": text, "externalId": text}, team={"id": "t", "name": text, "code": text},
        )  # fmt: skip

        for sentence in (*sentences(hostile), *sentences(item(line(100), type=text))):
            sentence.encode()
