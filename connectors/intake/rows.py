"""Which rows below a header are data (feeds.md section 3, item 8).

Data in: a sheet in DuckDB and its header. Data out: table ``skips(sheet_no, row_no, class)``, blank rows included.
Only rows that look odd are classified; a row with a filled key and no telling word is data at once.
Not here: comparing totals (:mod:`connectors.intake.totals`).
"""

from __future__ import annotations

from connectors.contract import Feed
from connectors.intake.cell_types import BLANK_WORDS
from connectors.intake.header_text import clean_header
from connectors.intake.headers import Header
from connectors.intake.keys import key_parts
from connectors.intake.readers.grid import Sheet
from connectors.sql_text import literals
from connectors.warehouse import Connection

_WHITE_LETTERS = " \t\r\n\u3000\u00a0"
_WHITE = " || ".join(f"chr({ord(letter)})" for letter in _WHITE_LETTERS)
_TOTAL = "^(本页)?(合计|总计|小计|累计)|(合计|总计)$"
_SIGNATURE = "^(填表人|制表人|填报人|审核人|负责人|经办人|填报单位|填报日期|制表时间|说明|注|备注)[:：]"
_EXAMPLE = "^(示例|\\[示例\\]|【示例】|例[:：])"
_TOTAL_ALONE = "^(本页)?(合计|总计|小计|累计)$"
_COLUMN_NUMBER = "^(栏次|[(（]?([0-9]{1,2}|[甲乙丙丁戊己庚辛]|[A-Z])[)）]?|[0-9]{1,2}=[0-9+*×/÷()-]+)$"
_FEWEST_NUMBERS = 3
_LONGEST_NUMBER = 9
"""Bytes of a column's number in brackets, as wide as Han letters."""
_BLANK = literals(sorted(BLANK_WORDS))
_LONGEST_BLANK = max(len(word.encode()) for word in BLANK_WORDS)
CLASSES = ("blank", "sequence", "header", "numbers", "example", "total", "signature", "note")


def make_skips(con: Connection) -> None:
    """The empty table of rows that are no data."""
    con.execute("create or replace table skips (sheet_no integer, row_no integer, class varchar)")


def classify(con: Connection, number: int, sheet: Sheet, header: Header, feed: Feed) -> None:
    """Add the rows of one sheet that are no data."""
    con.execute(
        f"create or replace temp table odd_rows as select {sheet.row_sql} as row_no,"
        f" [{', '.join(_trimmed(index) for index in range(sheet.width))}] as cells,"
        f" {_own(sheet)} as own from {sheet.table}"
        f" where {sheet.row_sql} > {header.last_row} and ({_is_odd(sheet, header, feed)})"
    )
    con.execute(
        f"create or replace temp table odd_classes as select row_no, {_class(sheet, header, feed)} as class,"
        f" {_NUMBERED} as is_numbered"
        " from (select row_no, cells, own, list_filter(cells, lambda cell: cell <> '') as filled,"
        " list_filter(own, lambda cell: cell <> '') as own_filled from odd_rows)"
    )
    con.execute(
        f"insert into skips select {number}, row_no, class from (select row_no, case when class is null and is_numbered"
        " and lag(class) over places = 'header' and lag(row_no) over places = row_no - 1"
        " then 'numbers' else class end as class from odd_classes window places as (order by row_no))"
        " where class is not null"
    )
    con.execute("drop table odd_classes")
    con.execute("drop table odd_rows")


_NUMBERED = (
    f"len(filled) >= {_FEWEST_NUMBERS} and"
    f" len(list_filter(filled, lambda cell: not regexp_matches(cell, '{_COLUMN_NUMBER}'))) = 0"
)
"""The columns' numbers, which stand right below a header."""


def data_filter(number: int, sheet: Sheet, header: Header) -> str:
    """SQL that keeps the data rows of a sheet, after :func:`classify`."""
    return (
        f"{sheet.row_sql} > {header.last_row} and {sheet.row_sql} not in"
        f" (select row_no from skips where sheet_no = {number})"
    )


def _trimmed(index: int) -> str:
    return f"coalesce(trim(c{index}, {_WHITE}), '')"


def _own(sheet: Sheet) -> str:
    """The cells without what a merged cell above has filled down; a text file has none such."""
    if not sheet.has_kinds:
        return "cells"
    own = (
        f"case when substr(k, {index + 1}, 1) between 'A' and 'Z' then '' else {_trimmed(index)} end"
        for index in range(sheet.width)
    )
    return f"[{', '.join(own)}]"


def _is_blank(index: int) -> str:
    """No text but white space, or a word for nothing.

    Only a short cell is compared, and only one that begins with white is trimmed. The words stand in a list: DuckDB
    makes a join of a long ``in``, and asks it about every row, whatever stands before it.
    """
    codes = ", ".join(str(ord(letter)) for letter in _WHITE_LETTERS)
    cell, words = f"c{index}", f"[{_BLANK}]"
    return (
        f"case when {cell} is null then true"
        f" when strlen({cell}) <= {_LONGEST_BLANK} then list_contains({words}, {cell})"
        f" when list_contains([{codes}], unicode({cell})) then list_contains({words}, trim({cell}, {_WHITE}))"
        " else false end"
    )


def _key_indexes(header: Header, feed: Feed) -> list[int]:
    names = {part.removesuffix("_norm") for part in key_parts(feed)}
    return sorted({field.index for field in header.fields if field.column.name in names})


def _id_indexes(header: Header, feed: Feed) -> list[int]:
    """Own and head ids; feeds without any use their key columns."""
    found = sorted({field.index for field in header.fields if field.column.type == "id"})
    return found or _key_indexes(header, feed)


def _name_indexes(header: Header) -> list[int]:
    """Mandatory names: a template's example stands there behind its township and village."""
    return sorted({field.index for field in header.fields if field.column.type == "name" and field.column.req == "M"})


def _is_odd(sheet: Sheet, header: Header, feed: Feed) -> str:
    keys = _key_indexes(header, feed)
    first = range(min(3, sheet.width))
    named = _name_indexes(header)
    conditions = [f"{sheet.row_sql} <= {header.last_row + 2}"]
    conditions += [f"contains(c{index}, '计')" for index in first]
    conditions += [f"contains(c{index}, '例')" for index in sorted({*first, *named})]
    conditions += [f"contains(c{index}, '{colon}')" for index in keys for colon in ":："]
    if keys:
        conditions.append(" and ".join(f"strlen(c{index}) <= {_LONGEST_NUMBER}" for index in keys))
        conditions.append(" and ".join(f"({_is_blank(index)})" for index in keys))
        conditions += [f"c{index} in ({_texts(sheet, header, index)})" for index in keys]
    else:
        conditions.append("true")
    return " or ".join(conditions)


def _texts(sheet: Sheet, header: Header, index: int) -> str:
    """The texts of a column's header rows as SQL literals, with what stands above: printed pages repeat all of it."""
    found = {row[index] for row in sheet.top[: header.last_row] if row[index]}
    return literals(sorted(text for text in found if text)) or "null"


def _compact(value: str) -> str:
    return f"regexp_replace({value}, '\\s|　', '', 'g')"


def _no_id(cell: str, header: Header) -> str:
    """Blank; where the key is no id, also the word of the totals row itself, which stands in its first column."""
    if any(field.column.type == "id" for field in header.fields):
        return f"{cell} in ({_BLANK})"
    return f"({cell} in ({_BLANK}) or regexp_matches({_compact(cell)}, '{_TOTAL_ALONE}'))"


def _class(sheet: Sheet, header: Header, feed: Feed) -> str:
    at = [f"cells[{index + 1}]" for index in range(sheet.width)]
    as_above = ", ".join(
        f"{at[index]} in ({_texts(sheet, header, index)})"
        for index in range(sheet.width)
        if clean_header(header.texts[index])
    )
    # A list, not a sum: DuckDB refuses expressions as deep as a wide sheet has columns.
    repeated = f"len(list_filter([{as_above}], lambda is_same: is_same))"
    ids = " and ".join(_no_id(at[index], header) for index in _id_indexes(header, feed)) or "true"
    unkeyed = (
        " and ".join(
            f"({at[index]} in ({_BLANK}) or regexp_matches({at[index]}, '[:：]'))"
            for index in _key_indexes(header, feed)
        )
        or "true"
    )
    unkeyed_note = " and ".join(f"{at[index]} in ({_BLANK})" for index in _key_indexes(header, feed)) or "true"
    sequence = f"len(own_filled) = 1 and own[{header.sequence} + 1] <> ''" if header.sequence is not None else "false"
    example_names = "".join(f" or regexp_matches({at[index]}, '{_EXAMPLE}')" for index in _name_indexes(header))
    any_signature = f"len(list_filter(filled, lambda cell: regexp_matches({_compact('cell')}, '{_SIGNATURE}'))) > 0"
    return f"""case
      when len(own_filled) = 0 then 'blank'
      when {sequence} then 'sequence'
      when {repeated} >= 2 and {repeated} * 2 > len(filled) then 'header'
      when row_no = {header.last_row + 1} and {_NUMBERED} then 'numbers'
      when regexp_matches(coalesce(list_filter(filled, lambda cell:
        not regexp_matches(cell, '^[0-9.]+$'))[1], ''), '{_EXAMPLE}'){example_names} then 'example'
      when {ids} and len(list_filter(filled[1:3], lambda cell:
        regexp_matches({_compact("cell")}, '{_TOTAL}'))) > 0 then 'total'
      when {any_signature} and {unkeyed} then 'signature'
      when {unkeyed_note} and len(list_distinct(filled)) = 1 then 'note'
    end"""
