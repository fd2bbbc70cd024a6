"""A sheet read piece by piece holds what calamine reads of it, or is left to calamine."""

from __future__ import annotations

import random
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from connectors.intake.readers import excel, excel_child
from connectors.warehouse import open_work
from tests.builders.sheets import book_with, random_book, renamed
from tests.corpus.build import corpus

_ALL, _NONE = -1, 1 << 40
_SMALL = 700
"""Bytes of a piece: a few rows."""


def rows_of(folder: Path, sheet: dict[str, Any]) -> list[list[Any]]:
    if not sheet["rows"]:
        return []
    table = pa.concat_tables([pa.ipc.open_file(str(folder / name)).read_all() for name in sheet["files"]])
    width = sheet["width"]
    lines = table.to_pylist()
    return [[line["row_no"], line["k"][:width], *(line[f"c{place}"] for place in range(width))] for line in lines]


def read(body: bytes, folder: Path, large: int) -> tuple[dict[str, Any], int]:
    """What the child finds, rows included, and how many sheets it read piece by piece."""
    folder.mkdir()
    path = folder / "book"
    path.write_bytes(body)
    found = excel_child.read_book(path, folder, large)
    pieced = 0
    for sheet in found["sheets"]:
        sheet["lines"] = rows_of(folder, sheet)
        pieced += len(sheet.pop("files", [])) > 1
    return found, pieced


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    import connectors.intake.readers.xlsx_large  # noqa: F401 - its neighbours are imported by their own names

    monkeypatch.setattr(sys.modules["xlsx_pieces"], "PIECE", _SMALL)


def test_the_corpus_is_read_alike(tmp_path: Path) -> None:
    books = [file for file in corpus() if file.body.startswith(b"PK") and file.expected["status"] != "refused"]
    pieced = 0
    for number, file in enumerate(books):
        whole, none = read(file.body, tmp_path / f"{number}-whole", _NONE)
        found, some = read(file.body, tmp_path / f"{number}-pieces", _ALL)
        assert found == whole, file.label
        assert none == 0
        pieced += some
    assert pieced > len(books) > 40


@pytest.mark.usefixtures("small_pieces")
def test_random_cells_are_read_alike(tmp_path: Path) -> None:
    pieced = 0
    for seed in range(36):
        body = random_book(seed)
        whole, _ = read(body, tmp_path / f"{seed}-whole", _NONE)
        found, some = read(body, tmp_path / f"{seed}-pieces", _ALL)
        assert found == whole, seed
        pieced += some
    assert pieced > 24


_ROW = b'<row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row>'
_NUMBER = b'<c r="A2"><v>1</v></c>'
_TWO = _ROW + b'<row r="2"><c r="B2"><v>1</v></c></row>'
_MERGED = b'<mergeCell ref="A1:A2"/>'


def down(contents: Iterable[bytes], attributes: bytes = b"") -> bytes:
    """One cell in each row, all in the first column."""
    return b"".join(
        b'<row r="%d"><c r="A%d"%b>%b</c></row>' % (number, number, attributes, content)
        for number, content in enumerate(contents, start=1)
    )


@pytest.mark.parametrize(
    ("rows", "around"),
    [
        pytest.param(_ROW + b'<!-- x --><row r="2">' + _NUMBER + b"</row>", {}, id="comment"),
        pytest.param(
            b'<row r="1"><c r="A1" t="inlineStr"><is><t><![CDATA[<c r="B1">]]></t></is></c></row>', {}, id="cdata"
        ),
        pytest.param(_ROW + b'<row r="2"><c r="A2"><f>1+1</f><v>2</v></c></row>', {}, id="formula"),
        pytest.param(
            b'<row r="1"><c r="A1" t="inlineStr"><is><r><t>x</t></r></is></c></row>', {}, id="rich text"
        ),
        pytest.param(b"<row><c><v>1</v></c></row>", {}, id="no places"),
        pytest.param(_ROW + b'<row r="2"><c r="A3"><v>1</v></c></row>', {}, id="a cell of another row"),
        pytest.param(_ROW + b'<row r="2">' + _NUMBER + _NUMBER + b"</row>", {}, id="two cells in one place"),
        pytest.param(b'<row r="2">' + _NUMBER + b"</row>" + _ROW, {}, id="rows out of order"),
        pytest.param(_ROW + b'<row r="2" hidden="1">' + _NUMBER + b"</row>", {}, id="a hidden row"),
        pytest.param(_ROW, {"head": b'<cols><col min="1" max="1" hidden="1"/></cols>'}, id="a hidden column"),
        pytest.param(_ROW + b"<row r='2'>" + _NUMBER + b"</row>", {}, id="other quotes"),
        pytest.param(_ROW + b'<row r="2">\n' + _NUMBER + b"</row>", {}, id="white space between cells"),
        pytest.param(_ROW + b'<row r="2"><c r="A2" vm="1"><v>1</v></c></row>', {}, id="other attributes"),
        pytest.param(b'<row r="1"><c r="XFD1"><v>1</v></c></row>', {}, id="wide"),
        pytest.param(_ROW, {"head": b"<cols><col min='1' max='1' hidden='1'/></cols>"}, id="hidden in other quotes"),
        pytest.param(_ROW, {"tail": b'<mergeCells><mergeCell ref="A1:A90"/></mergeCells>'}, id="merged far down"),
        pytest.param(
            _ROW, {"tail": b'<mergeCells><mergeCell\nref="A1:A1"/></mergeCells>'}, id="merged over two lines"
        ),
        pytest.param(_TWO, {"tail": b"<!-- " + _MERGED + b" -->"}, id="merged in a comment"),
        pytest.param(_TWO, {"tail": _MERGED}, id="merged outside the list"),
        pytest.param(_TWO, {"tail": 2 * (b"<mergeCells>" + _MERGED + b"</mergeCells>")}, id="two lists of merges"),
        pytest.param(_ROW, {"first": b'<?xml version="1.0" encoding = "GBK"?>'}, id="letters of another set"),
        pytest.param(b'<row r="1"><c r="A1" s="0"/></row>', {}, id="nothing in it"),
        pytest.param(b"", {}, id="no rows"),
        pytest.param(_ROW, {"tail": b"<pageMargins"}, id="broken behind the rows"),
    ],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_calamine(tmp_path: Path, rows: bytes, around: dict[str, bytes]) -> None:
    body = book_with(rows, **around)
    whole, _ = read(body, tmp_path / "whole", _NONE)
    found, pieced = read(body, tmp_path / "pieces", _ALL)
    assert (found, pieced) == (whole, 0)


@pytest.mark.parametrize(
    "body",
    [
        book_with(b'<row r="1"><c r="A1" t="inlineStr"><is><t>\xff</t></is></c></row>'),
        book_with(b'<row r="1"><c r="A1" t="s"><v>7</v></c></row>'),
        book_with(_ROW + b'<row r="2"/>' + _NUMBER + b"</row>"),
    ],
    ids=["encoding", "no such text", "a cell behind its row"],
)
def test_what_calamine_refuses_is_refused(tmp_path: Path, body: bytes) -> None:
    for name, large in (("whole", _NONE), ("pieces", _ALL)):
        with pytest.raises(BaseException) as caught:  # noqa: PT011 - calamine has errors of its own, and panics
            read(body, tmp_path / name, large)
        assert not isinstance(caught.value, OSError | AssertionError)


@pytest.mark.usefixtures("small_pieces")
def test_a_merged_header_is_filled_down(tmp_path: Path) -> None:
    header = b'<row r="1"><c r="A1" t="inlineStr"><is><t>h</t></is></c></row><row r="2"><c r="B2"><v>1</v></c></row>'
    more = b"".join(b'<row r="%d"><c r="A%d"><v>%d</v></c></row>' % (number, number, number) for number in range(3, 90))
    tail = b'<mergeCells count="1"><mergeCell ref="A1:A2"/></mergeCells>'
    found, pieced = read(book_with(header + more, tail=tail), tmp_path / "pieces", _ALL)
    assert pieced == 1
    (sheet,) = found["sheets"]
    assert sheet["regions"] == [[1, 0, 2, 0]]
    assert sheet["lines"][:3] == [[1, "t.", "h", None], [2, "Tn", "h", "1"], [3, "n.", "3", None]]
    assert len(sheet["lines"]) == 89


def test_what_libreoffice_says_of_every_row_is_plain(tmp_path: Path) -> None:
    row = b'<row r="1" customFormat="false" ht="12.8" hidden="false" collapsed="false"><c r="A1"><v>1</v></c></row>'
    body = book_with(row, head=b'<cols><col min="1" max="1" hidden="false" width="9"/></cols>')
    whole, _ = read(body, tmp_path / "whole", _NONE)
    assert read(body, tmp_path / "pieces", _ALL) == (whole, 1)


_BLANK = b"<is><t></t></is>"


@pytest.mark.parametrize(
    ("rows", "pieced"),
    [
        pytest.param(_ROW + b'<row r="2"><c r="C2" t="inlineStr">' + _BLANK + b"</c></row>", 1, id="to the right"),
        pytest.param(_ROW + b'<row r="2"><c r="C2" t="str"><v></v></c></row>', 1, id="of a formula, to the right"),
        pytest.param(
            _ROW + b'<row r="2"><c r="A2" t="inlineStr">' + _BLANK + b"</c></row>", 1, id="merged, as the last"
        ),
        pytest.param(
            _ROW + b'<row r="2"><c r="A2"><v>1</v></c><c r="A2" t="str"><v></v></c></row>', 0, id="over another"
        ),
        pytest.param(_ROW + b'<row r="2"><c r="A2" t="z"><v></v></c></row>', None, id="of an unknown kind"),
        pytest.param(_ROW + b'<row r="2"><c r="C2"><v></v></c><c r="D2" t="s"><v></v></c></row>', 1, id="of numbers"),
    ],
)
def test_an_empty_text_is_a_cell(tmp_path: Path, rows: bytes, pieced: int | None) -> None:
    body = book_with(rows, tail=b'<mergeCells><mergeCell ref="A1:A2"/></mergeCells>')
    if pieced is None:
        with pytest.raises(excel_child.calamine.CalamineError):
            read(body, tmp_path / "pieces", _ALL)
        return
    whole, _ = read(body, tmp_path / "whole", _NONE)
    assert read(body, tmp_path / "pieces", _ALL) == (whole, pieced)


@pytest.mark.usefixtures("small_pieces")
def test_a_merged_cell_is_filled_down_to_the_last_cell(tmp_path: Path) -> None:
    blank = b"".join(
        b'<row r="%d"><c r="B%d" t="inlineStr"><is><t> </t></is></c></row>' % (number, number)
        for number in range(2, 90)
    )
    body = book_with(_ROW + blank, tail=b'<mergeCells><mergeCell ref="A1:A4"/></mergeCells>')
    whole, _ = read(body, tmp_path / "whole", _NONE)
    assert [line[0] for line in whole["sheets"][0]["lines"]] == [1, 2, 3, 4]
    assert read(body, tmp_path / "pieces", _ALL) == (whole, 1)


_DAY = b'<row r="1"><c r="A1" s="1"><v>44000</v></c></row>'


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("xl/styles.xml", "xl/Styles.xml"),
        ("xl/styles.xml", "xl\\styles.xml"),
        ("_rels/.rels", "_rels\\.rels"),
        ("[Content_Types].xml", "[content_types].xml"),
    ],
)
def test_parts_are_found_as_calamine_finds_them(tmp_path: Path, part: str, name: str) -> None:
    body = renamed(book_with(_DAY, styles=("0", "14")), part, name)
    whole, _ = read(body, tmp_path / "whole", _NONE)
    assert whole["sheets"][0]["lines"] == [[1, "d", "2020-06-18"]]
    assert read(body, tmp_path / "pieces", _ALL) == (whole, 1)


def test_a_sheet_without_its_strays_is_left_to_calamine(tmp_path: Path) -> None:
    rows = _ROW + b'<row r="9"><c r="Z9" t="inlineStr"><is><t> </t></is></c></row>'
    around = {"head": b'<dimension ref="A1:CV1048576"/>', "tail": b"<mergeCells>" + _MERGED + b"</mergeCells>"}
    whole, _ = read(book_with(rows, **around), tmp_path / "whole", _NONE)
    assert whole["sheets"][0]["lines"] == [[1, "t", "x"]]
    assert read(book_with(rows, **around), tmp_path / "pieces", _ALL) == (whole, 0)


@pytest.mark.usefixtures("small_pieces")
def test_a_long_text_in_each_cell_does_not_fill_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = book_with(down([b"<v>0</v>"] * 89, b' t="s"'), texts=[b"long" * 1000])
    whole, _ = read(body, tmp_path / "whole", _NONE)
    assert read(body, tmp_path / "pieces", _ALL) == (whole, 1)
    monkeypatch.setattr(sys.modules["xlsx_large"], "_MOST_WRITTEN", 1 << 17)
    assert read(body, tmp_path / "again", _ALL) == (whole, 0)


def test_odd_texts_take_bounded_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A million rows of texts with a blank behind them took more than the child may have."""
    rows = down((b"<v>%d</v>" % number for number in range(89)), b' t="s"')
    body = book_with(rows, texts=[b"%d " % number for number in range(89)])
    whole, _ = read(body, tmp_path / "whole", _NONE)
    assert read(body, tmp_path / "pieces", _ALL) == (whole, 1)
    monkeypatch.setattr(sys.modules["xlsx_strings"], "_MOST_ODD", 50)
    assert read(body, tmp_path / "together", _ALL) == (whole, 1)
    monkeypatch.setattr(sys.modules["xlsx_asked"], "_MOST_STRINGS", 50)
    assert read(body, tmp_path / "not", _ALL) == (whole, 0)


def test_what_takes_too_much_memory_is_left_to_calamine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    whole, _ = read(book_with(_ROW), tmp_path / "whole", _NONE)
    monkeypatch.setattr(sys.modules["xlsx_large"], "read_cells", fail)
    assert read(book_with(_ROW), tmp_path / "pieces", _ALL) == (whole, 0)


def test_cells_that_must_be_asked_for_take_bounded_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = down(b"<v>%d.50</v>" % number for number in range(1, 90))
    whole, _ = read(book_with(rows), tmp_path / "whole", _NONE)
    assert read(book_with(rows), tmp_path / "pieces", _ALL) == (whole, 1)
    monkeypatch.setattr(sys.modules["xlsx_asked"], "_MOST_ASKED", 50)
    assert read(book_with(rows), tmp_path / "not", _ALL) == (whole, 0)


@pytest.mark.parametrize(
    ("values", "asked"),
    [
        (("280.55", "0.1", "0.0001", "12345678901.2345", "99999999999.9999", "0.3", "1.001", "100.5"), 0),
        (("280.50", "0.00001", "0.00012345", "123456789012.5", "1.0", "0.0", "00.5", ".5", "5.", "1e3", "-2.5"), 11),
        (("280.55000000000001", "0.30000000000000004", "1234567890123456.5"), 3),
    ],
    ids=["as they are", "written otherwise", "more than 15 digits"],
)
def test_amounts_keep_their_digits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, values: tuple[str, ...], asked: int
) -> None:
    rows = down(b"<v>%b</v>" % value.encode() for value in values)
    whole, _ = read(book_with(rows), tmp_path / "whole", _NONE)
    probed = len(("44000",))
    monkeypatch.setattr(sys.modules["xlsx_asked"], "_MOST_ASKED", probed + asked)
    assert read(book_with(rows), tmp_path / "pieces", _ALL) == (whole, 1)
    monkeypatch.setattr(sys.modules["xlsx_asked"], "_MOST_ASKED", probed + asked - 1)
    assert read(book_with(rows), tmp_path / "not", _ALL) == (whole, 0)


@pytest.mark.usefixtures("small_pieces")
def test_random_amounts_are_read_alike(tmp_path: Path) -> None:
    pick = random.Random(5)
    amounts = [
        f"{pick.randrange(10 ** pick.randint(0, 12))}.{pick.randrange(10 ** pick.randint(0, 5))}" for _ in range(4000)
    ]
    rows = down(b"<v>%b</v>" % amount.encode() for amount in amounts)
    whole, _ = read(book_with(rows), tmp_path / "whole", _NONE)
    assert read(book_with(rows), tmp_path / "pieces", _ALL) == (whole, 1)


def test_styles_that_take_long_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = down((b"<v>44000.%d</v>" % number for number in range(1, 99)), b' s="1"')
    body = book_with(rows, styles=["0", "14"] * 999)
    whole, _ = read(body, tmp_path / "whole", _NONE)
    assert read(body, tmp_path / "pieces", _ALL) == (whole, 1)
    monkeypatch.setattr(sys.modules["xlsx_asked"], "_MOST_PARSED", 1 << 16)
    monkeypatch.setattr(sys.modules["xlsx_pieces"], "PIECE", _SMALL)
    assert read(body, tmp_path / "again", _ALL) == (whole, 0)


def test_the_child_reads_a_large_sheet_in_pieces(tmp_path: Path) -> None:
    def row(number: int) -> bytes:
        cells = b"".join(
            b'<c r="%c%d" t="inlineStr"><is><t>%d</t></is></c>' % (letter, number, number) for letter in b"ABCDEFGHIJ"
        )
        more = b'<c r="K%d" t="s"><v>0</v></c><c r="L%d"><v>%d.5</v></c>' % (number, number, number % 7)
        return b'<row r="%d">%b</row>' % (number, cells + more)

    count = 80_000
    body = book_with(b"".join(map(row, range(1, count + 1))))
    path, folder = tmp_path / "book", tmp_path / "read"
    path.write_bytes(body)
    folder.mkdir()
    with zipfile.ZipFile(path) as box:
        assert max(entry.file_size for entry in box.infolist()) > excel_child._LARGE
    con = open_work()
    (sheet,) = excel.read_excel(path, con, folder).sheets
    assert len(list(folder.glob("*.arrow"))) == 2
    assert (sheet.width, sheet.has_kinds) == (12, True)
    found = con.execute(
        "select count(*), sum(row_no), sum(c0::integer), count(distinct k), count(*) filter (where c9 = c0),"
        " count(*) filter (where c10 = '甲'), count(distinct c11) from grid_0"
    ).fetchone()
    total = count * (count + 1) // 2
    assert found == (count, total, total, 1, count, count, 7)
    con.close()
