"""Texts without quotes are split before they are decoded: the same cells as by the other ways, or none at all."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from connectors.intake.readers import plain, text
from connectors.warehouse import open_work

HAN = ["姓名,编号,备注", "赵,1,", "·𠮷,2, é ", "赵,,～"]
_WITH_BAR = "祙"
"""Its second byte in GB18030 is a bar."""


def _score(top: list[tuple[str | None, ...]]) -> int:
    return sum(cell is not None for row in top for cell in row)


def _both(tmp_path: Path, raw: bytes) -> list[object]:
    """What the plain way finds, None where it gives up, and what the others find."""
    path = tmp_path / "a.csv"
    path.write_bytes(raw)
    found: list[object] = []
    for read in (text._read_plain, lambda *given: text._read_any(*given, tmp_path)):
        con = open_work()
        sheet = read(path, con, _score)
        cells = (
            sheet
            and con.execute(
                f"select {sheet.row_sql}, {', '.join(f'c{i}' for i in range(sheet.width))} from grid_0 order by 1"
            ).fetchall()
        )
        found.append(sheet and (sheet.width, sheet.top, cells))
        con.close()
    return found


@pytest.mark.parametrize(("block", "last"), [(40, ""), (40, "\n"), (1 << 20, ""), (1 << 20, "\n"), (1 << 20, "\n\n")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_same_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, encoding: str, end: str, last: str
) -> None:
    monkeypatch.setattr(plain, "_BLOCK", block)
    found, expected = _both(tmp_path, (end.join(HAN) + last.replace("\n", end)).encode(encoding))
    assert found is not None
    assert found[2] == expected[2]
    assert block == 40 or found == expected


@pytest.mark.parametrize(
    "raw",
    [
        "\n".join([*HAN, '"钱",4,']).encode(),
        "\n".join([*HAN, "钱,4"]).encode("gb18030"),
        "\n".join([*HAN, "钱,4,,5"]).encode("gb18030"),
        "\n".join([HAN[0], "", *HAN[1:]]).encode(),
        "\n".join([*HAN, "钱\r,4,"]).encode(),
        "\n".join(["姓名|编号|备注", "赵|1|", _WITH_BAR + "|2"]).encode("gb18030"),
        "\n".join(HAN).encode("utf-16"),
        codecs.BOM_UTF8 * 2 + "\n".join(HAN).encode(),
        b"\n\n",
        b"",
    ],
)
@pytest.mark.parametrize("block", [40, 1 << 20])
def test_what_is_not_one_full_record_a_line_is_left_to_the_other_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raw: bytes, block: int
) -> None:
    monkeypatch.setattr(plain, "_BLOCK", block)
    assert _both(tmp_path, raw)[0] is None


def test_bytes_that_are_no_letters_are_left_to_the_way_that_tells_their_place(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for wrong in (b"\xff", b"\x81", b"\0"):
        path.write_bytes("\n".join(HAN).encode("gb18030") + b"\n" + wrong + b",4,\n")
        assert text._read_plain(path, open_work(), _score) is None
