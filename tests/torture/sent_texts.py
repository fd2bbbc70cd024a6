"""Text files as departments send them: encodings, shapes. Each with the outcome that is promised for it.

Data in: nothing; the files are made here, from the clean example of the medical roster. Data out: the files.
Not here: whether they are read as stated (sent.py), files with random bytes changed (hostile.py).
"""

from __future__ import annotations

import codecs

from tests.integration.intake_bench import example, to_csv
from tests.torture.sent import MEDICAL, Sent

_ROWS = example(MEDICAL)
_PLAIN = to_csv(_ROWS).decode()
_HEADER, *_LINES = _PLAIN.rstrip("\r\n").split("\r\n")
_LONG = 10 << 20
_WIDE = 1001
_NAMES = tuple(row[3] for row in _ROWS[1:])


def _named(name: str) -> str:
    return _PLAIN.replace("测甲一", name)


def encodings() -> list[Sent]:
    """Twelve that are read exactly, twelve that are refused whole, with the place of the byte and nothing else."""
    rare, private, both = "测𠮷", "测\ue000", "测𠮷\ue863"
    good = {
        "UTF-8": (_PLAIN.encode(), "测甲一"),
        "UTF-8 with its mark": (_PLAIN.encode("utf-8-sig"), "测甲一"),
        "UTF-8, a name of four bytes": (_named(rare).encode(), rare),
        "UTF-8, a private-use name": (_named(private).encode(), private),
        "UTF-16, little end first": (codecs.BOM_UTF16_LE + _PLAIN.encode("utf-16-le"), "测甲一"),
        "UTF-16, big end first": (codecs.BOM_UTF16_BE + _PLAIN.encode("utf-16-be"), "测甲一"),
        "UTF-16, a pair of surrogates": (codecs.BOM_UTF16_LE + _named(rare).encode("utf-16-le"), rare),
        "GBK": (_PLAIN.encode("gbk"), "测甲一"),
        "GB18030, a name of four bytes": (_named(rare).encode("gb18030"), rare),
        "GB18030, a private-use name": (_named(private).encode("gb18030"), private),
        "GB18030, both": (_named(both).encode("gb18030"), both),
        "GB18030 with its mark": (("\ufeff" + _PLAIN).encode("gb18030"), "测甲一"),
    }
    utf8, gbk = _PLAIN.encode(), _PLAIN.encode("gbk")
    at_name = utf8.index("测甲一".encode())
    bad = {
        "UTF-8 cut off inside a character": utf8 + "测".encode()[:2],
        "GBK cut off inside a character": gbk + b"\xb2",
        "UTF-16 cut off inside a character": _PLAIN.encode("utf-16")[:-1],
        "a stray byte": utf8.replace("甲一".encode(), b"\xff\xb8\x80", 1),
        "an overlong form": utf8.replace("甲一".encode(), b"\xc0\xaf", 1),
        "UTF-8, then GBK": utf8 + "4,甲镇,".encode("gbk") + b"\xb2\xe2,\r\n",
        "UTF-8 mark, then GBK": codecs.BOM_UTF8 + gbk,
        "a byte that GB18030 has not": gbk + b"4,\x80\xff,x\r\n",
        "half a surrogate": codecs.BOM_UTF16_LE + _PLAIN.encode("utf-16-le") + b"\x00\xd8,\x00",
        "NUL in UTF-8": utf8[:at_name] + b"\x00" + utf8[at_name:],
        "NUL in GBK": gbk + b"4,\x00,x\r\n",
        "UTF-16 without its mark": _PLAIN.encode("utf-16-le"),
    }
    told = {private: {2: {"W_NAME_RARE"}}, both: {2: {"W_NAME_RARE"}}}
    exact = [
        Sent(what, body, names=(name, *_NAMES[1:]), codes=told.get(name, {})) for what, (body, name) in good.items()
    ]
    return exact + [Sent(what, body, code="F_ENCODING", is_placed=True) for what, body in bad.items()]


def shapes() -> list[Sent]:
    """Thirty shapes of a table in a text file."""
    return _rows_as_they_may_stand() + _other_tables() + _no_tables()


def _text(*lines: str, end: str = "\r\n") -> bytes:
    return end.join(lines).encode() + end.encode()


def _with(place: int, old: str, new: str) -> bytes:
    lines = list(_LINES)
    lines[place] = lines[place].replace(old, new)
    return _text(_HEADER, *lines)


def _rows_as_they_may_stand() -> list[Sent]:
    first, second, third = _LINES
    half = [line.rsplit(",", 1)[0] for line in _LINES]
    by_turns = f"{_HEADER}\n{first}\r\n{second}\n{third}".encode()
    quoted = [",".join(f'"{cell}"' for cell in row) for row in _ROWS]
    told = {
        "short rows": (_text(_HEADER, *half), {3: {"W_COND_MISSING"}}),
        "one short row": (_text(_HEADER, first, half[1], third), {3: {"W_COND_MISSING"}}),
        "a stray quote": (_with(0, "代缴", '代"缴'), {2: {"W_VALUE_DROPPED"}}),
        "spaces around": (
            _text(*(line.replace(",", " , ") for line in (_HEADER, *_LINES))),
            {row: {"W_NAME_CLEANED", "W_ID_CLEANED"} for row in (2, 3, 4)},
        ),
    }
    exact = {
        "long rows": _text(_HEADER, *(f"{line},多,余" for line in _LINES)),
        "quotes inside quotes": _with(1, "联系不上", '"联系""不""上"'),
        "a line break in quotes": _with(1, "联系不上", '"联系\n不上"'),
        "everything in quotes": _text(*quoted),
        "carriage returns only": _text(_HEADER, *_LINES, end="\r"),
        "line feeds only": _text(_HEADER, *_LINES, end="\n"),
        "both by turns": by_turns,
        "no end of the last line": _PLAIN.rstrip("\r\n").encode(),
        "blank lines between": _text(_HEADER, "", first, "", "", second, third),
        "blank lines at the end": _text(_HEADER, *_LINES, "", "", ""),
        "lines of nothing but commas": _text(_HEADER, first, "," * 11, second, third, "," * 11),
        "the header again": _text(_HEADER, first, second, _HEADER, third),
        "a field of ten megabytes": _text(_HEADER, first, second, third + "长" * (_LONG // 3)),
    }
    return [Sent(what, body, names=_NAMES, codes=codes) for what, (body, codes) in told.items()] + [
        Sent(what, body, names=_NAMES) for what, body in exact.items()
    ]


def _other_tables() -> list[Sent]:
    exact = {
        "semicolons": to_csv(_ROWS, delimiter=";"),
        "tabs": to_csv(_ROWS, delimiter="\t"),
        "bars": to_csv(_ROWS, delimiter="|"),
        "another order": to_csv([[row[3], *row[:3], *row[4:]] for row in _ROWS]),
        "a title above": _text("测试县2020年城乡居民医保参保名单" + "," * 11, _HEADER, *_LINES),
        "a column of theirs": to_csv([[*row, "x"] for row in _ROWS]),
    }
    return [Sent(what, body, names=_NAMES) for what, body in exact.items()]


def _no_tables() -> list[Sent]:
    wide = [line + ",x" * _WIDE for line in (_HEADER, *_LINES)]
    return [
        Sent("a quote that never ends", _with(0, "代缴", '"代缴'), code="F_CORRUPT"),
        Sent("a header twice", _text(_HEADER.replace("未参保原因", "姓名"), *_LINES), code="F_HEADER_AMBIGUOUS"),
        Sent("no column of names", _text(_HEADER.replace("姓名", "什么"), *_LINES), code="F_HEADER_MISSING"),
        Sent("nothing at all", b"", code="F_HEADER_NOT_FOUND"),
        Sent("only a header", _text(_HEADER), code="F_EMPTY"),
        Sent("no header", _text(*_LINES), code="F_HEADER_NOT_FOUND"),
        Sent("a thousand columns and more", _text(*wide), code="F_CORRUPT"),
    ]
