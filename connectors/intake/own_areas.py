"""Feeds that name their own area columns: the place list itself and the departments' figures (feeds.md 9.4, 15.1).

Data in: ``typed``, the places. Data out: ``typed`` with codes cut to their level, codes in ``issues``.
Not here: the shared group AREA (:mod:`connectors.intake.place_rows`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

import pyarrow as pa

from connectors.contract import Feed
from connectors.intake.cell_types import CODE_AND_DETAIL, squeeze
from connectors.intake.places import (
    OWN_CONFLICT,
    TOWNSHIP,
    VILLAGE,
    Placed,
    Places,
    bare_township,
    bare_village,
    code_level,
)
from connectors.warehouse import Connection

_PLACE = "sheet_no, row_no, sub_no"
_CODE = re.compile(r"\d{4}|\d{6}|\d{9}|\d{12}|\d{17}")
_SPLIT = re.compile(r"[、,，;；/|\s]+")
_COUNTY_LENGTH = 6


def _named(name: str, within: str, places: Places) -> Placed | None:
    """A place of any level by its name, inside the file's area."""
    plain = squeeze(name)
    exact = {code for code, known in places.names.items() if squeeze(known) == plain}
    bare = places.townships.get(bare_township(name), set()) | places.villages.get(bare_village(name), set())
    for found in (exact, bare):
        inside = {code for code in found if code.startswith(within)}
        if len(inside) == 1:
            return Placed(next(iter(inside)))
        if inside:
            return Placed(None, ("R_AREA_AMBIGUOUS",))
    return None


def _is_named(code: str, name: str, places: Places) -> bool:
    """Whether the text is the name of the place with that code, or a former one."""
    known = places.names.get(code, "")
    if len(code) == VILLAGE:
        return places.agrees(code, name)
    return squeeze(name) == squeeze(known) or bare_township(name) == bare_township(known)


def _resolved(code: str | None, name: str | None, within: str, is_register: bool, places: Places) -> Placed:
    """The area of one row; the place list itself is the authority for its codes."""
    digits = squeeze(code).split(".", maxsplit=1)[0] if code else None
    cut = code_level(digits) if digits and _CODE.fullmatch(digits) else None
    if is_register:
        placed = Placed(cut) if cut else Placed(None, ("R_AREA_UNKNOWN",) if code else ())
    else:
        known = places.by_code(cut) if cut else None
        by_name = _named(name, within, places) if known is None and name else None
        if known is None and by_name is not None and code:
            by_name = Placed(by_name.area, (*by_name.codes, "W_AREA_NAME"))
        if known is not None and known.area and name and not _is_named(known.area, name, places):
            known = Placed(known.area, (*known.codes, OWN_CONFLICT))
        placed = known or by_name or Placed(None, ("R_AREA_UNKNOWN",) if code or name else ("R_REQUIRED_BLANK",))
    if placed.area and not (placed.area.startswith(within) or within.startswith(placed.area)):
        return Placed(placed.area, ("R_AREA_OUTSIDE",))
    return placed


def resolve_own(con: Connection, feed: Feed, within: str, places: Places) -> None:
    """Cut, look up and judge the column ``area_code`` of a feed that has its own."""
    names = {column.name for column in feed.columns}
    if feed.area != "own" or "area_code" not in names:
        return
    is_register = "prev_code" in names
    rows = con.execute("select distinct area_code, area_name from typed").fetchall()
    found = [_resolved(code, name, within, is_register, places) for code, name in rows]
    _apply(con, rows, found)
    if is_register:
        _fill_names(con)
        _cut_former(con)


def _cut_former(con: Connection) -> None:
    """The code of a unit before it was merged, cut to its level; what is no code is dropped."""
    texts = [
        text for (text,) in con.execute("select distinct prev_code from typed where prev_code is not null").fetchall()
    ]
    digits = [squeeze(text).split(".", maxsplit=1)[0] for text in texts]
    codes = [code_level(code) if _CODE.fullmatch(code) else None for code in digits]
    con.register("former", pa.table({"text": pa.array(texts, pa.string()), "code": pa.array(codes, pa.string())}))
    con.execute(
        f"insert into issues select {_PLACE}, 'prev_code', 'W_VALUE_DROPPED', 'R_AREA_UNKNOWN' from typed"
        " inner join former as f on f.text = typed.prev_code where f.code is null"
    )
    con.execute("update records as typed set prev_code = f.code from former as f where f.text = typed.prev_code")
    con.unregister("former")


def _apply(con: Connection, rows: Iterable[tuple[str | None, str | None]], found: list[Placed]) -> None:
    listed = list(rows)
    con.register(
        "own_cells",
        pa.table(
            {
                "code": pa.array([row[0] for row in listed], pa.string()),
                "name": pa.array([row[1] for row in listed], pa.string()),
                "area": pa.array([item.area for item in found], pa.string()),
                "codes": pa.array([list(item.codes) for item in found], pa.list_(pa.string())),
            }
        ),
    )
    same = "o.code is not distinct from typed.area_code and o.name is not distinct from typed.area_name"
    con.execute(
        f"insert into issues select {_PLACE}, 'area_code', {CODE_AND_DETAIL} from"
        f" (select {_PLACE}, unnest(o.codes) as code from typed inner join own_cells as o on {same})"
    )
    con.execute(f"update records as typed set area_code = o.area from own_cells as o where {same}")
    con.unregister("own_cells")


def resolve_lists(con: Connection, feed: Feed, within: str, places: Places, present: Collection[str]) -> None:
    """Columns that name several places in one cell; a name that cannot be resolved is dropped."""
    for column in feed.columns:
        if column.type != "area" or not column.multi or column.name not in present:
            continue
        name = column.name
        rows = con.execute(f'select distinct "{name}" from typed where "{name}" is not null').fetchall()
        found = [_listed(text, within, places) for (text,) in rows]
        con.register(
            "area_lists",
            pa.table(
                {
                    "text": pa.array([text for (text,) in rows], pa.string()),
                    "areas": pa.array([",".join(areas) or None for areas, _ in found], pa.string()),
                    "is_torn": pa.array([is_torn for _, is_torn in found], pa.bool_()),
                }
            ),
        )
        con.execute(
            f"insert into issues select {_PLACE}, '{name}', 'W_VALUE_DROPPED', 'R_AREA_UNKNOWN' from typed"
            f' inner join area_lists as l on l.text = typed."{name}" where l.is_torn'
        )
        con.execute(
            f'update records as typed set "{name}" = l.areas from area_lists as l where l.text = typed."{name}"'
        )
        con.unregister("area_lists")


def _listed(text: str, within: str, places: Places) -> tuple[list[str], bool]:
    """Codes of the places in one cell, and whether any of them could not be resolved."""
    areas: list[str] = []
    is_torn = False
    for word in _SPLIT.split(text):
        placed = places.by_code(code_level(word)) if _CODE.fullmatch(word) else _named(word, within, places)
        if placed is not None and placed.area:
            areas.append(placed.area)
        elif word:
            is_torn = True
    return list(dict.fromkeys(areas)), is_torn


def _fill_names(con: Connection) -> None:
    """A township's own row may carry its name in 乡(镇), a county's in 县."""
    levels = ((TOWNSHIP, "township"), (_COUNTY_LENGTH, "county"))
    for length, column in levels:
        condition = f"area_name is null and length(area_code) = {length} and {column} is not null"
        con.execute(
            f"delete from issues where column_name = 'area_name' and code = 'R_REQUIRED_BLANK'"
            f" and ({_PLACE}) in (select ({_PLACE}) from typed where {condition})"
        )
        con.execute(f"update records as typed set area_name = {column} where {condition}")
