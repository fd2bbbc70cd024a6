"""Writes the dbt source file from the contracts, so that columns are described in one place only.

Data in: the contracts, the description of schema ``meta`` below, the dictionary of the issue ledger. Data out:
``dbt_project/models/staging/_sources.yml``, committed. ``python -m pipeline.generate.sources`` writes it,
``--check`` only says by its exit code whether the committed file is current.
Not here: column lists (``Feed.raw_columns``, ``connectors.warehouse``), or anything that opens a database.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import yaml

from connectors.contract import Feed, feeds
from pipeline.ledger import dictionary as issue_dictionary
from pipeline.ledger.dictionary import Tables
from pipeline.repository import DBT_PROJECT

SOURCES = DBT_PROJECT / "models" / "staging" / "_sources.yml"
_HEAD = "# Generated from the contracts by `python -m pipeline.generate.sources`. Change the contract, not this file.\n"

META: Tables = {
    "submissions": (
        "每次报送一行",
        "one row per delivery",
        {
            "submission_id": ("报送批次编号", "delivery id: sector, entity and start of the sha256"),
            "sector": ("行业", "sector"),
            "entity": ("报表", "entity"),
            "department": ("报送部门", "department that sends the feed"),
            "file_name": ("文件名，其中的长数字已遮盖", "file name, long digit runs masked"),
            "sha256": ("文件内容的校验值", "sha256 of the bytes"),
            "bytes": ("文件大小", "size in bytes"),
            "received_on": ("收件日期", "day of receipt"),
            "received_at": ("收件时间", "time of receipt"),
            "seq": ("收件顺序号", "order of receipt"),
            "status": (
                "结果：已接收、部分退回、整份退回、待确认、重复、零报告",
                "accepted, accepted_with_errors, refused, held, duplicate or nil",
            ),
            "mode": ("报送方式", "full, incremental, correction, withdrawal or nil"),
            "area_code": ("报送地区", "area of the file"),
            "period": ("所属期间", "period of the file"),
            "period_start": ("期间首日", "first day of the period"),
            "period_end": ("期间末日", "last day of the period"),
            "as_of": ("数据日期", "date the data describe"),
            "scope_key": ("全量所替换的范围", "what a full snapshot replaces beside its area"),
            "coverage": ("覆盖范围：全部或仅建档立卡", "all or jd"),
            "definition_version": ("口径版本", "definition version"),
            "reasons": ("文件级原因代码", "reason codes of the file"),
            "rows_in": ("数据行数", "data rows"),
            "rows_ok": ("无提示的行数", "rows without a code"),
            "rows_warn": ("有提示的行数", "rows kept with a W code"),
            "rows_rejected": ("退回的行数", "rejected rows"),
            "rows_dup": ("重复的行数", "repeated rows"),
            "rows_skipped": ("跳过的非数据行数", "skipped rows that are no data"),
            "is_nil": ("是否零报告", "nil report"),
            "clears": ("零报告是否确认清空", "the nil report ends what stood before"),
            "released_by": ("放行人", "who released a held file"),
            "released_reason": ("放行理由", "why it was released"),
            "note": ("备注", "note"),
        },
    ),
    "row_codes": (
        "每行每个原因代码一行，不含原值",
        "one row per reason code of a row, no values",
        {
            "submission_id": ("报送批次编号", "delivery"),
            "sheet": ("工作表名", "worksheet"),
            "row_no": ("行号", "row number"),
            "column_name": ("列的英文名", "field name"),
            "header": ("报送表中的列名", "header as sent"),
            "code": ("原因代码", "reason code"),
        },
    ),
    "rejected_keys": (
        "退回行的主键：其最近一次已接收的行保留为过期数据",
        "keys of rejected rows, whose last accepted row stays as stale",
        {
            "submission_id": ("报送批次编号", "delivery"),
            "row_key": ("主键", "key as in raw"),
        },
    ),
    "releases": (
        "待确认文件的放行记录",
        "held deliveries released by a named person",
        {
            "submission_id": ("报送批次编号", "delivery"),
            "released_by": ("放行人", "who released it"),
            "reason": ("理由", "why"),
            "released_on": ("放行日期", "day of release"),
        },
    ),
    "identity_decisions": (
        "身份核实决定，只增不改",
        "what officers decided about doubtful identities, only ever added to",
        {
            "decision_id": ("决定编号", "decision"),
            "seq": ("先后", "order of the decisions"),
            "kind": ("决定：same、different、correct_id、two_people、withdrawn", "what was decided"),
            "subject_key": ("行的身份：号码令牌，无号码为R加行主键", "token of the row's id, else R and its key"),
            "subject_name": ("行的姓名(比对用)", "name of the row, for comparison"),
            "target_key": ("在册人员或户", "register person or household"),
            "feed": ("报表", "feed of the row that was looked at"),
            "officer": ("经办人", "officer"),
            "reason": ("理由", "reason"),
            "decided_on": ("决定日期", "day of the decision"),
            "expires_on": ("有效期至，空为长期", "last day in force, null for ever"),
            "proposal_id": ("核实编号", "proposal"),
        },
    ),
    "decision_files": (
        "交回的身份核实清单，原件在原件库",
        "workbooks of decisions that were handed in; the originals lie in the vault",
        {
            "sha256": ("文件校验值", "sha256 of the bytes"),
            "file_name": ("文件名", "name of the file"),
            "taken_on": ("接收日", "day it was taken"),
            "decisions": ("决定条数", "decisions in it"),
            "new_decisions": ("其中新增", "of them not known before"),
        },
    ),
}


def sources_text() -> str:
    """The whole source file as text."""
    document = {
        "version": 2,
        "sources": [
            _raw(),
            _described("meta", "wh", "meta", "报送记录 | what was delivered and what became of it", META),
            _described(
                "ledger",
                "wh",
                "ledger",
                "问题台账：事件只增不改 | the issue ledger, only ever added to",
                issue_dictionary.LEDGER,
            ),
            _described(
                "issues",
                "issues",
                "masked",
                "问题台账的发布 published/issues（脱敏） | the ledger's own publication, masked; dbt only describes it",
                issue_dictionary.PUBLISHED,
            ),
        ],
    }
    return _HEAD + yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=120)


def _raw() -> dict[str, Any]:
    return {
        "name": "raw",
        "database": "wh",
        "schema": "raw",
        "description": "各部门报送的已清洗数据行，只增不改 | rows as accepted, only ever added to",
        "tables": [_raw_table(feed) for feed in feeds()],
    }


def _raw_table(feed: Feed) -> dict[str, Any]:
    classes = {column.name: column.pd for column in feed.columns}
    columns = []
    for part in feed.raw_columns():
        entry: dict[str, Any] = {
            "name": part.name,
            "description": f"{part.description} | {part.english}",
            "data_type": part.sql_type.lower(),
        }
        if part.source_column is not None:
            entry["config"] = {"meta": {"personal_data": classes[part.source_column]}}
        columns.append(entry)
    about = {
        "sector": feed.sector,
        "entity": feed.entity,
        "title": feed.title,
        "owner": feed.department,
        "mode": feed.delivery.mode,
        "period": feed.delivery.period,
        "scope": feed.delivery.scope,
        "rules": list(feed.rules),
    }
    return {
        "name": feed.table,
        "description": f"{feed.title}：{feed.description}。{feed.grain}",
        "config": {"meta": about},
        "columns": columns,
    }


def _described(name: str, database: str, schema: str, description: str, tables: Tables) -> dict[str, Any]:
    listed = []
    for table, (chinese, english, columns) in tables.items():
        described = [{"name": column, "description": f"{zh} | {en}"} for column, (zh, en) in columns.items()]
        listed.append({"name": table, "description": f"{chinese} | {english}", "columns": described})
    return {"name": name, "database": database, "schema": schema, "description": description, "tables": listed}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file, or with ``--check`` return 1 if the committed one is not current."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--check", action="store_true")
    text = sources_text()
    if parser.parse_args(arguments).check:
        is_current = SOURCES.exists() and SOURCES.read_text(encoding="utf-8") == text
        return 0 if is_current else 1
    SOURCES.parent.mkdir(parents=True, exist_ok=True)
    SOURCES.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
