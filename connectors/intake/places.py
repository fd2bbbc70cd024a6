"""Names and codes of places: a village from its code, or from the names in a row (feeds.md section 4.10).

Data in: the table ``areas(area_code, level, parent, name, valid_from, valid_to, prev_code, prev_name)``.
Data out: :class:`Places`, which resolves one distinct combination of texts at a time.
Not here: rows and SQL.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from connectors.intake.cell_types import squeeze
from connectors.warehouse import Connection

_VILLAGE_ENDINGS = ("村民委员会", "社区居民委员会", "居民委员会", "村委会", "居委会", "行政村", "社区", "村")
_TOWNSHIP_ENDINGS = ("人民政府", "街道办事处", "街道", "镇", "乡")
_GROUP_ENDING = re.compile(r"第?[一二三四五六七八九十\d]+(?:村民小组|小组|组)$")
TOWNSHIP, VILLAGE = 9, 12
_LONG_CODE = 17
_AT_ODDS = "乡镇、村名和区划代码对不上"
_OWN_AT_ODDS = "区划名称和区划代码对不上"
CONFLICT = f"W_CONFLICT:{_AT_ODDS}"
"""The code with what it is about: three columns are in question, and the clerk sees one of them marked."""
OWN_CONFLICT = f"W_CONFLICT:{_OWN_AT_ODDS}"
"""The same for a feed that names its areas in columns of its own."""


def bare_village(name: str) -> str:
    """A village name without its kind: 甲山村村民委员会 → 甲山."""
    plain = squeeze(name)
    for _ in range(2):
        for ending in _VILLAGE_ENDINGS:
            if plain.endswith(ending) and len(plain) > len(ending):
                plain = plain.removesuffix(ending)
                break
    return plain


def bare_township(name: str) -> str:
    """A township name without its kind: 甲镇人民政府 → 甲."""
    plain = squeeze(name).removesuffix("人民政府")
    for ending in _TOWNSHIP_ENDINGS:
        if plain.endswith(ending) and len(plain) > len(ending):
            return plain.removesuffix(ending)
    return plain


def code_level(code: str) -> str:
    """A code cut to its level: 17 digits to 12, then trailing 000 groups, then 00."""
    digits = code[:VILLAGE] if len(code) == _LONG_CODE else code
    while len(digits) > 6 and digits.endswith("000"):  # noqa: PLR2004 - a county code has six digits
        digits = digits[:-3]
    return digits[:-2] if len(digits) == 6 and digits.endswith("00") else digits  # noqa: PLR2004


@dataclass(frozen=True)
class Placed:
    """A resolved area, or the code that says why not."""

    area: str | None
    codes: tuple[str, ...] = ()


@dataclass
class Places:
    """Look-ups over the area table, built once for a file."""

    names: dict[str, str] = field(default_factory=dict)
    """Code → name."""
    villages: dict[str, set[str]] = field(default_factory=dict)
    """Bare name of a village → codes, former names included."""
    former_names: set[tuple[str, str]] = field(default_factory=set)
    """(bare name, code) pairs in which the name is a former one."""
    townships: dict[str, set[str]] = field(default_factory=dict)
    successors: dict[str, set[str]] = field(default_factory=dict)
    """Former code → present codes."""

    def in_text(self, text: str) -> str | None:
        """The deepest place named in a title or a unit; None where none or several are."""
        plain = squeeze(text)
        found = [code for code, name in self.names.items() if len(name) > 1 and squeeze(name) in plain]
        longest = max((len(self.names[code]) for code in found), default=0)
        for level in (VILLAGE, TOWNSHIP, 6):
            here = [code for code in found if len(code) == level]
            if level == VILLAGE:
                here = [code for code in here if len(self.names[code]) == longest and longest > len("甲村")]
            if len(here) == 1:
                return here[0]
            if here:
                return None
        return None

    def township(self, name: str | None, within: str) -> str | None:
        """The township of that name inside an area."""
        if not name:
            return None
        codes = {code for code in self.townships.get(bare_township(name), set()) if _nested(code, within)}
        return next(iter(codes)) if len(codes) == 1 else None

    def by_code(self, code: str) -> Placed | None:
        """A known code, or a former one by its successor."""
        if code in self.names:
            return Placed(code)
        present = self.successors.get(code, set())
        if len(present) == 1:
            return Placed(next(iter(present)), ("W_AREA_OLD",))
        return Placed(None, ("R_AREA_AMBIGUOUS",)) if present else None

    def by_name(self, village: str, township: str | None, within: str) -> Placed | None:
        """A village by its name, inside a township if one is named."""
        bare = bare_village(village)
        found = self.villages.get(bare, set())
        if township:
            inside = {code for code in found if code.startswith(township)}
            if len(inside) == 1:
                return self._placed(bare, inside, ())
            if inside:
                return Placed(None, ("R_AREA_AMBIGUOUS",))
        near = {code for code in found if code.startswith(within)}
        if len(near) == 1:
            codes = ("W_AREA_NAME", CONFLICT) if township else ("W_AREA_NAME",)
            return self._placed(bare, near, codes)
        if near:
            return Placed(None, ("R_AREA_AMBIGUOUS",))
        return self._placed(bare, found, ("W_AREA_NAME",)) if len(found) == 1 else None

    def _placed(self, bare: str, codes: set[str], warnings: tuple[str, ...]) -> Placed:
        code = next(iter(codes))
        old = ("W_AREA_OLD",) if (bare, code) in self.former_names else ()
        return Placed(code, (*warnings, *old))

    def agrees(self, code: str, village: str | None) -> bool:
        """Whether a row's village name is a name of the village with that code."""
        return not village or len(code) != VILLAGE or code in self.villages.get(bare_village(village), set())


def _nested(code: str, within: str) -> bool:
    return code.startswith(within) or within.startswith(code)


def load_places(con: Connection) -> Places:
    """Read the area table; an absent table gives no places."""
    present = con.execute("select count(*) from duckdb_tables() where table_name = 'areas'").fetchone()
    if not present or not present[0]:
        return Places()
    rows = con.execute("select area_code, name, prev_code, prev_name from areas").fetchall()
    return build_places(rows)


def build_places(rows: Iterable[tuple[str, str | None, str | None, str | None]]) -> Places:
    """Look-ups from (code, name, former code, former name) rows."""
    places = Places()
    for code, name, former_code, former_name in rows:
        if not code:
            continue
        places.names.setdefault(code, name or "")
        if name and len(code) == VILLAGE:
            places.villages.setdefault(bare_village(name), set()).add(code)
        elif name and len(code) == TOWNSHIP:
            places.townships.setdefault(bare_township(name), set()).add(code)
        if former_code and former_code != code:
            places.successors.setdefault(former_code, set()).add(code)
        if former_name and len(code) == VILLAGE:
            bare = bare_village(former_name)
            places.villages.setdefault(bare, set()).add(code)
            if not name or bare != bare_village(name):
                places.former_names.add((bare, code))
    return places


def split_group(text: str) -> tuple[str, str] | None:
    """村组 such as 甲山村三组 → (甲山村, 三组)."""
    found = _GROUP_ENDING.search(squeeze(text))
    return (squeeze(text)[: found.start()], found[0]) if found and found.start() else None
