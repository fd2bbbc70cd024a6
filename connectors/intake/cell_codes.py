"""Code lists and yes/no marks (feeds.md sections 4.7, 4.9 and 8.2).

Data in: one cell's text. Data out: :class:`Cell` with the word sent beside the code.
Not here: the lists themselves (contracts/shared/codes.yaml).
"""

from __future__ import annotations

import re
from functools import lru_cache

from connectors.contract import Code, CodeList, Column
from connectors.intake.cell_types import Cell, dropped, squeeze

_YES = frozenset(["是", "有", "已", "√", "✓", "☑", "Y", "YES", "TRUE", "1", "符合", "合格", "达标", "安全"])
_NO = frozenset(
    [
        "否",
        "无",
        "未",
        "×",
        "✗",
        "☐",
        "X",
        "N",
        "NO",
        "FALSE",
        "0",
        "2",
        "不符合",
        "不合格",
        "不达标",
        "不安全",
    ]
)
_PARTLY = frozenset(("基本达标", "基本符合"))
_BRACKETS = re.compile(r"[(\[【〔][^()\[\]【】〔〕]*[)\]】〕]")
_SPLIT = re.compile(r"[、,，;；/／|\s]+")
_NUMBER = re.compile(r"\d+(\.0)?")


def _folded(word: str) -> str:
    return squeeze(word).casefold()


@lru_cache(maxsize=512)
def _index(name: str, codes: tuple[Code, ...]) -> dict[str, Code]:
    """Folded word → code; ``name`` keeps lists of the same codes but other words apart."""
    found: dict[str, Code] = {}
    for code in codes:
        for word in (code.code, code.word, *code.aliases):
            found.setdefault(_folded(word), code)
    for code in codes:
        for word in (code.code, *code.aliases):
            if word.isdigit():
                found.setdefault(str(int(word)), code)
    return found


def _look_up(word: str, codes: CodeList) -> tuple[Code | None, bool]:
    """The code of a word, and whether the word matched as a whole."""
    index = _index(codes.name, codes.codes)
    folded = _folded(word)
    if _NUMBER.fullmatch(folded):
        folded = folded.removesuffix(".0")
    if folded in index:
        return index[folded], True
    without = _BRACKETS.sub("", folded)
    if without != folded and without in index:
        return index[without], False
    return None, False


def _one(text: str, column: Column, codes: CodeList) -> Cell:
    code, _ = _look_up(text, codes)
    if code is None:
        if codes.keeps_unknown_words:
            return Cell(codes.codes[-1].code, (), squeeze(text))
        return dropped(column, "R_CODE_UNKNOWN")
    warns = (code.warns,) if code.warns else ()
    if code.code in _strings(column.extra.get("null_codes")):
        return Cell(None, ("W_UNKNOWN_WORD",), squeeze(text))
    return Cell(code.code, warns, squeeze(text))


def _strings(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list | tuple) else ()


def _many(text: str, column: Column, codes: CodeList) -> Cell:
    whole, _ = _look_up(text, codes)
    words = [text] if whole is not None else [word for word in _SPLIT.split(text) if word]
    cells = [_one(word, column, codes) for word in words]
    values = list(dict.fromkeys(cell.value for cell in cells if cell.value is not None))
    raised = tuple(dict.fromkeys(code for cell in cells for code in cell.codes))
    kept = "、".join(cell.first for cell in cells if cell.first) or None
    if not values and not raised:
        return dropped(column, "R_CODE_UNKNOWN")
    return Cell(",".join(values) or None, raised, kept)


def read_code(text: str, kind: str, column: Column, words: dict[str, str]) -> Cell:
    """A word or code of the column's list; ``words`` means other codes under the header found."""
    del kind
    folded = _folded(text)
    for word, meant in words.items():
        if _folded(word) == folded:
            return Cell(meant)
    if column.codes is None:
        return Cell(text)
    cell = _many(text, column, column.codes) if column.multi else _one(text, column, column.codes)
    is_asked = cell.value is None and column.extra.get("ticked")
    return (_ticked(text, column, column.codes) if is_asked else None) or cell


def _ticked(text: str, column: Column, codes: CodeList) -> Cell | None:
    """A column that may also ask whether, so that its list knows 是 and 否, is ticked like any yes/no column."""
    answer = read_yes_no(text, column, inverse=False).value
    code, _ = _look_up("是" if answer == "1" else "否", codes)
    opposite, _ = _look_up("否" if answer == "1" else "是", codes)
    return Cell(code.code, (), squeeze(text)) if answer and code and opposite else None


def _yes_no(word: str, column: Column) -> str | None:
    own = column.extra.get("words")
    if isinstance(own, dict):
        for listed, answer in own.items():
            if _folded(str(listed)) == word:
                return str(answer)
    upper = word.upper()
    if upper in _YES or word in _PARTLY:
        return "1"
    if upper in _NO:
        return "0"
    if word.startswith("已") and len(word) > 1:
        return "1"
    if word.startswith("未") and len(word) > 1:
        return "0"
    return None


def read_yes_no(text: str, column: Column, inverse: bool) -> Cell:
    """1, 0 or null; under an inverse header the answer is negated."""
    word = _folded(text)
    if word == "不涉及":
        return Cell(None)
    if _NUMBER.fullmatch(word):
        word = word.removesuffix(".0")
    answer = _yes_no(word, column)
    if answer is None:
        without = _BRACKETS.sub("", word)
        answer = _yes_no(without, column) if without != word else None
    if answer is None:
        return dropped(column, "R_CODE_UNKNOWN")
    if inverse:
        answer = "0" if answer == "1" else "1"
    return Cell(answer, (), squeeze(text))
