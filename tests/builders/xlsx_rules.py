"""What Excel and WPS demand of an xlsx file before they open it without offering to repair it.

Data in: a workbook. Data out: a line for everything it breaks. The limits are Excel's published ones; the order of a
sheet's parts is that of the schema (ECMA-376, CT_Worksheet), which Excel enforces and other programs do not.
Not here: how a workbook looks.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from posixpath import dirname, join, normpath
from xml.etree import ElementTree as Xml

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_ORDER = (
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr", "sheetProtection",
    "protectedRanges", "scenarios", "autoFilter", "sortState", "dataConsolidate", "customSheetViews", "mergeCells",
    "phoneticPr", "conditionalFormatting", "dataValidations", "hyperlinks", "printOptions", "pageMargins",
    "pageSetup", "headerFooter", "rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors",
    "smartTags", "drawing", "legacyDrawing", "tableParts", "extLst",
)  # fmt: skip
_ROWS, _COLUMNS, _CELL, _SHEET_NAME, _LIST, _TITLE, _MESSAGE = 1_048_576, 16_384, 32_767, 31, 255, 32, 255
_HEIGHT, _WIDTH, _STYLES, _FONTS, _BREAKS, _FOOTER = 409.5, 255, 65_490, 1_024, 1_023, 255
_BAD_NAME = re.compile(r"[\[\]:*?/\\]|^'|'$")
_PLACE = re.compile(r"^([A-Z]{1,3})(\d+)$")
_AREA = re.compile(r"^\$?[A-Z]{1,3}\$?\d+(:\$?[A-Z]{1,3}\$?\d+)?$")


def broken_rules(path: Path) -> list[str]:
    """Everything in a workbook that Excel would stumble over."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
        wrong = [] if len(parts) == len(book.namelist()) else ["a part lies in the file twice"]
    wrong += _parts(parts)
    names = [sheet.get("name", "") for sheet in Xml.fromstring(parts["xl/workbook.xml"]).iter(f"{_MAIN}sheet")]
    wrong += _sheet_names(names) + list(_defined_names(parts["xl/workbook.xml"], names))
    styles = Xml.fromstring(parts["xl/styles.xml"])
    looks = len(styles.findall(f"{_MAIN}cellXfs/{_MAIN}xf"))
    wrong += [] if looks < _STYLES and len(styles.findall(f"{_MAIN}fonts/{_MAIN}font")) < _FONTS else ["styles"]
    texts = Xml.fromstring(parts["xl/sharedStrings.xml"]) if "xl/sharedStrings.xml" in parts else ()
    for name in sorted(part for part in parts if part.startswith("xl/worksheets/sheet")):
        wrong += [f"{name}: {told}" for told in _sheet(Xml.fromstring(parts[name]), looks, len(texts))]
    return wrong + list(_tables(parts))


def _parts(parts: dict[str, bytes]) -> Iterator[str]:
    """Every part has a type, every relation leads somewhere."""
    types = Xml.fromstring(parts["[Content_Types].xml"])
    endings = {one.get("Extension") for one in types if one.tag.endswith("Default")}
    named = {one.get("PartName") for one in types if one.tag.endswith("Override")}
    for name in parts:
        if name != "[Content_Types].xml" and f"/{name}" not in named and name.rpartition(".")[2] not in endings:
            yield f"{name}: no content type"
    yield from (f"{name}: told of, but not there" for name in named if str(name).lstrip("/") not in parts)
    for name in (part for part in parts if part.endswith(".rels")):
        home = dirname(dirname(name))
        for one in Xml.fromstring(parts[name]).iter(f"{_RELATIONS}Relationship"):
            target = normpath(join(home, one.get("Target", ""))).lstrip("/")
            if one.get("TargetMode") != "External" and target not in parts:
                yield f"{name}: leads to {target}, which is not there"


def _sheet_names(names: list[str]) -> list[str]:
    wrong = [f"sheet {name}: its name" for name in names if not 0 < len(name) <= _SHEET_NAME or _BAD_NAME.search(name)]
    return wrong + ([] if len({name.lower() for name in names}) == len(names) else ["two sheets of one name"])


def _defined_names(workbook: bytes, sheets: list[str]) -> Iterator[str]:
    seen = set()
    for one in Xml.fromstring(workbook).iter(f"{_MAIN}definedName"):
        name, scope = one.get("name", ""), one.get("localSheetId")
        if (name.lower(), scope) in seen:
            yield f"name {name} is defined twice"
        seen.add((name.lower(), scope))
        if scope is not None and int(scope) >= len(sheets):
            yield f"name {name} belongs to no sheet"
        told = re.findall(r"(?:'((?:[^']|'')+)'|([^'!,]+))!", one.text or "")
        if not told or any((quoted.replace("''", "'") or plain) not in sheets for quoted, plain in told):
            yield f"name {name} leads to no sheet: {one.text}"


def _sheet(sheet: Xml.Element, looks: int, texts: int) -> Iterator[str]:
    order = [child.tag.removeprefix(_MAIN) for child in sheet]
    places = [_ORDER.index(name) for name in order]
    if places != sorted(places):
        yield f"its parts are out of order: {order}"
    yield from _cells(sheet, looks, texts)
    yield from _checks(sheet)
    for column in sheet.iter(f"{_MAIN}col"):
        if float(column.get("width", 0)) > _WIDTH:
            yield "a column is too wide"
    for breaks in (*sheet.iter(f"{_MAIN}colBreaks"), *sheet.iter(f"{_MAIN}rowBreaks")):
        if not len(breaks) == int(breaks.get("count", -1)) <= _BREAKS:
            yield "page breaks are miscounted"
    if any(len(line.text or "") > _FOOTER for line in sheet.iter(f"{_MAIN}oddFooter")):
        yield "the footer is too long"


def _cells(sheet: Xml.Element, looks: int, texts: int) -> Iterator[str]:
    last = 0
    for row in sheet.iter(f"{_MAIN}row"):
        number, before = int(row.get("r", 0)), 0
        if not last < number <= _ROWS:
            yield f"row {number} after row {last}"
        last = number
        if float(row.get("ht", 0)) > _HEIGHT:
            yield f"row {number} is too high"
        for cell in row:
            place = _PLACE.match(cell.get("r", ""))
            column = _column(place[1]) if place else 0
            if place is None or int(place[2]) != number or not before < column <= _COLUMNS:
                yield f"cell {cell.get('r')} in row {number}"
            before = column
            if int(cell.get("s", 0)) >= looks:
                yield f"cell {cell.get('r')} looks like no style"
            if cell.get("t") == "s" and int(cell.findtext(f"{_MAIN}v", "-1")) >= texts:
                yield f"cell {cell.get('r')} has no text"
            if any(len(text) > _CELL for text in cell.itertext()):
                yield f"cell {cell.get('r')} is too long"


def _checks(sheet: Xml.Element) -> Iterator[str]:
    """Drop-down lists and their words."""
    for one in sheet.iter(f"{_MAIN}dataValidations"):
        if len(one) != int(one.get("count", -1)):
            yield "checks of cells are miscounted"
    for check in sheet.iter(f"{_MAIN}dataValidation"):
        formula = check.findtext(f"{_MAIN}formula1", "")
        if formula.startswith('"') and len(formula) - 2 > _LIST:
            yield f"a drop-down list is {len(formula) - 2} characters long"
        if any(len(check.get(name, "")) > _TITLE for name in ("errorTitle", "promptTitle")):
            yield "a title of a drop-down is too long"
        if any(len(check.get(name, "")) > _MESSAGE for name in ("error", "prompt")):
            yield "a message of a drop-down is too long"
        if not all(_AREA.match(area) for area in check.get("sqref", "-").split()):
            yield f"a drop-down stands nowhere: {check.get('sqref')}"


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _tables(parts: dict[str, bytes]) -> Iterator[str]:
    names = [
        str(Xml.fromstring(parts[name]).get("displayName")).lower()
        for name in parts
        if name.startswith("xl/tables/") and name.endswith(".xml")
    ]
    if len(set(names)) < len(names):
        yield "two tables of one name"
