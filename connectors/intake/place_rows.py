"""The area of a row from its place texts and the file's area (feeds.md section 4.10).

Data in: one distinct combination of township, village, code and group. Data out: area, group, codes.
Not here: the look-ups themselves (:mod:`connectors.intake.places`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from connectors.intake.cell_types import BLANK_WORDS, ERROR_WORDS, UNKNOWN_WORDS, WHITE, squeeze, unguarded
from connectors.intake.places import CONFLICT, TOWNSHIP, VILLAGE, Placed, Places, split_group

_DIGITS = re.compile(r"\d{6}|\d{9}|\d{12}|\d{17}")


@dataclass(frozen=True)
class AreaTexts:
    """Facts of the file that a row's area depends on."""

    area: str
    """Area of the file."""
    sheet_areas: Mapping[int, str]
    role: str
    """``required``: blank and unknown places reject the row; ``mandatory``: unknown ones do; else they are dropped."""
    has_village: bool
    """A column 行政村 or 行政村编码 exists."""
    has_column: bool = True
    """A column of the group AREA exists; else only the sheets' names say a place."""


@dataclass(frozen=True)
class RowArea:
    """The resolved area of a row."""

    area: str | None
    group: str | None
    codes: tuple[str, ...] = ()


def _word(text: str) -> tuple[str | None, tuple[str, ...]]:
    """A place text without guards, and what was noticed: a guard, a word for unknown."""
    plain, was_guarded = unguarded(text.strip(WHITE))
    codes = ("W_TEXT_GUARD",) if was_guarded else ()
    if plain in UNKNOWN_WORDS:
        return None, (*codes, "W_UNKNOWN_WORD")
    return None if plain in BLANK_WORDS | ERROR_WORDS | {"无"} else plain, codes


def _unknown(texts: AreaTexts, code: str) -> tuple[str, ...]:
    return (code,) if texts.role in ("required", "mandatory") else (f"W_VALUE_DROPPED:{code}",)


def _lies_in(placed: Placed, township: str) -> bool:
    return bool(placed.area and placed.area.startswith(township))


def _found(
    code: str | None, village: str | None, township: str | None, texts: AreaTexts, places: Places
) -> Placed | None:
    placed = places.by_code(code) if code else None
    above = placed.area if placed and placed.area and len(placed.area) < VILLAGE else None
    if placed is not None and above is None:
        if placed.area and not places.agrees(placed.area, village):
            return Placed(placed.area, (*placed.codes, CONFLICT))
        return placed
    if village is None:
        return None if above is None or texts.role == "required" else _deeper(above, township)
    known = township or (above if above and len(above) == TOWNSHIP else None)
    named = places.by_name(village, known, texts.area)
    if named is None or named.area is None or not code:
        return named
    at_odds = above is not None and not named.area.startswith(above)
    codes = (*named.codes, "W_AREA_NAME", *((CONFLICT,) if at_odds else ()))
    return Placed(named.area, tuple(dict.fromkeys(codes)))


def _deeper(above: str, township: str | None) -> Placed:
    """A code of a county or township where a village is wanted, with the township's name beside it."""
    if township is None or township.startswith(above):
        return Placed(township or above)
    return Placed(above, (CONFLICT,))


def resolve(sheet_no: int, row: Sequence[str], texts: AreaTexts, places: Places) -> RowArea:
    """Area of one combination (township, village, village code, village group)."""
    words = [_word(text) for text in row]
    found = _resolve(sheet_no, [word for word, _ in words], texts, places)
    noticed = tuple(code for _, codes in words[:3] for code in codes)
    return replace(found, codes=tuple(dict.fromkeys((*found.codes, *noticed)))) if noticed else found


def _resolve(sheet_no: int, row: Sequence[str | None], texts: AreaTexts, places: Places) -> RowArea:
    township_name, village, code_text, group = row
    digits = squeeze(code_text).split(".", maxsplit=1)[0] if code_text else None
    code = digits[:VILLAGE] if digits and _DIGITS.fullmatch(digits) else digits
    sheet_area = texts.sheet_areas.get(sheet_no)
    township = places.township(township_name, texts.area)
    if township is None and not township_name and sheet_area:
        township = sheet_area[:9] if len(sheet_area) >= len("610099101") else None
    if village is None and group and not texts.has_village and (split := split_group(group)):
        village, group = split
    if not code and not village:
        return _blank(township, sheet_area, group, texts)
    placed = _found(code, village, township, texts, places)
    if code and township and placed and placed.area and len(placed.area) == VILLAGE and not _lies_in(placed, township):
        placed = Placed(placed.area, tuple(dict.fromkeys((*placed.codes, CONFLICT))))
    if placed is None:
        return RowArea(None, group, _unknown(texts, "R_AREA_UNKNOWN"))
    if placed.area is None:
        return RowArea(None, group, _unknown(texts, placed.codes[0]))
    if not (placed.area.startswith(texts.area) or texts.area.startswith(placed.area)):
        return RowArea(placed.area, group, ("R_AREA_OUTSIDE",))
    return RowArea(placed.area, group, placed.codes)


def _blank(township: str | None, sheet_area: str | None, group: str | None, texts: AreaTexts) -> RowArea:
    if sheet_area and len(sheet_area) == VILLAGE:
        return RowArea(sheet_area, group)
    if texts.role == "required":
        return RowArea(None, group, ("R_REQUIRED_BLANK",))
    if not texts.has_column:
        return RowArea(sheet_area, group)
    return RowArea(township or texts.area, group, ("G_AREA_DEFAULTED",))
