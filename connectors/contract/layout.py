"""What the columns of a feed become: in the staged table of one file, and below schema ``raw`` of the warehouse.

Data in: the columns of a :class:`~connectors.contract.model.Feed`. Data out: :class:`RawColumn` lists, the one
definition behind the DDL, the staged table and the dbt sources.
Not here: creating tables, or computing any of the values.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.contract.model import Column, Feed

TEXT = "VARCHAR"
DIGEST = "using compression uncompressed"


@dataclass(frozen=True)
class RawColumn:
    """One physical column; ``source_column`` is the contract column it comes from, None for the fixed ones."""

    name: str
    sql_type: str
    description: str
    """Chinese, shown in the dbt docs."""
    source_column: str | None = None
    english: str = ""
    """The same in English."""

    @property
    def stored(self) -> str:
        """Its type in a table's definition. Digests hold no pattern: to seek one takes long and saves half at most."""
        return f"{self.sql_type} {DIGEST}" if self.name.endswith("_key") else self.sql_type


_POSITION = (
    RawColumn("sheet", TEXT, "工作表名；文本文件为 csv", english="worksheet; csv for a text file"),
    RawColumn(
        "row_no",
        "INTEGER",
        "表格软件显示的行号，从 1 起",
        english="row number as a spreadsheet program shows it, from 1",
    ),
    RawColumn(
        "sub_no",
        "INTEGER",
        "由一行拆出的第几条记录；未拆为 0",
        english="which record of the row; 0 if the row is one record",
    ),
)
_OUTCOME = (
    RawColumn("op", TEXT, "操作：upsert 新增或更正，withdraw 撤销", english="upsert or withdraw"),
    RawColumn(
        "codes",
        TEXT,
        "本行的提示代码，逗号分隔、已排序；没有则为空文本",
        english="W codes of the row, sorted and comma joined; empty text if none",
    ),
)
STAGED_FIXED = _POSITION + _OUTCOME
RAW_FIXED = (
    RawColumn("submission_id", TEXT, "报送批次编号，见 meta.submissions", english="delivery, see meta.submissions"),
    *_POSITION,
    RawColumn(
        "row_key", TEXT, "主键各部分的 md5，证件号码以令牌代替", english="md5 of the key parts, ids replaced by tokens"
    ),
    *_OUTCOME,
)


def key_stem(column: str) -> str:
    """Stem of the token column: ``head_id_no`` → ``head``, ``account_no`` → ``account``."""
    for ending in ("_id_no", "_id", "_no"):
        if column.endswith(ending):
            return column.removesuffix(ending)
    return column


def token_column(column: str) -> str:
    """Where a token stands beside its column on the way from the file to the raw table."""
    return f"{column}__token"


def masked_stem(column: str) -> str:
    """Stem of the masked and status columns: ``id_no`` → ``id``, ``head_id_no`` → ``head_id``."""
    return column.removesuffix("_no")


_ENGLISH_ENDINGS = {
    "_precision": "precision of the date: day, month or year",
    "_norm": "form used for comparison",
    "_word": "word as sent",
    "_key": "token of the identifier; the clear text is in the vault",
    "_masked": "masked identifier",
    "_status": "valid, invalid or missing",
    "_birth_date": "birth date held in the id",
    "_sex": "sex held in the id: 1 male, 2 female",
}


def _of(column: Column, name: str, description: str) -> RawColumn:
    """One physical column of a contract column."""
    english = column.name.replace("_", " ")
    if name == column.name:
        english += f", {column.type}" + (f" of list {column.codes.name}" if column.codes else "")
    else:
        english += "".join(f": {words}" for ending, words in _ENGLISH_ENDINGS.items() if name.endswith(ending))
    return RawColumn(name, TEXT, description, column.name, english)


def _plain(column: Column) -> Iterator[RawColumn]:
    if column.group == "AREA":
        if column.name == "village_code":
            yield _of(column, "village_code", "行政区划代码：能定到的最细一级（12、9 或 6 位）")
        elif column.name == "village_group" or column.extra.get("stored"):
            yield _of(column, column.name, column.description)
        return
    yield _of(column, column.name, column.description)
    if column.type == "date":
        yield _of(column, f"{column.name}_precision", f"{column.header}的精度：day、month、year")
    elif column.type == "name":
        yield _of(column, f"{column.name}_norm", f"{column.header}的比对写法")
    if column.extra.get("keep_word"):
        yield _of(column, f"{column.name}_word", f"{column.header}的原词（代码表外或带括注时）")


def _staged(column: Column) -> Iterator[RawColumn]:
    yield from _plain(column)
    if column.type == "id":
        stem = masked_stem(column.name)
        yield _of(column, f"{stem}_status", f"{column.header}的状态：valid、invalid、missing")
        yield _of(column, f"{stem}_birth_date", f"{column.header}所含出生日期")
        yield _of(column, f"{stem}_sex", f"{column.header}所含性别：1 男，2 女")


def _vaulted(column: Column) -> Iterator[RawColumn]:
    """Token columns; the clear text stays in the identity vault."""
    header, name = column.header, column.name
    if column.type != "id":
        yield _of(column, f"{key_stem(name)}_key", f"{header}的令牌")
        return
    stem = masked_stem(name)
    if name == "id_no":
        yield _of(column, "id_key", f"{header}的令牌，凡有文本即有")
        yield _of(column, "person_key", f"{header}校验有效时的令牌，否则为空")
    else:
        yield _of(column, f"{key_stem(name)}_key", f"{header}校验有效时的令牌，否则为空")
        yield _of(column, f"{stem}_key", f"{header}的令牌，凡有文本即有")
    yield _of(column, f"{stem}_masked", f"脱敏的{header}")
    yield _of(column, f"{stem}_status", f"{header}的状态：valid、invalid、missing")
    if name == "id_no":
        yield _of(column, "id_birth_date", f"{header}所含出生日期")
        yield _of(column, "id_sex", f"{header}所含性别：1 男，2 女")


def _is_repeated(column: Column) -> bool:
    """The column 操作类型 is the fixed column ``op``."""
    return column.name == "op" and column.group == "TAIL"


def staged_columns(feed: Feed) -> tuple[RawColumn, ...]:
    """Columns of the staged table: identifiers in clear, columns that are dropped at landing included."""
    found = [part for column in feed.columns if not _is_repeated(column) for part in _staged(column)]
    return (*STAGED_FIXED, *found)


def raw_columns(feed: Feed) -> tuple[RawColumn, ...]:
    """Columns of ``raw.<sector>__<entity>``: identifiers as tokens, dropped columns left out."""
    found = [
        part
        for column in feed.columns
        if not _is_repeated(column) and not column.extra.get("dropped")
        for part in (_vaulted(column) if column.vaulted else _plain(column))
    ]
    return (*RAW_FIXED, *found)
