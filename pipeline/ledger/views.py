"""The ledger's own publication: the issues, their history, and the tables by which an officer judges the loop.

Data in: ``issue_state`` and the live events. Data out: ``published/issues``, a link to a folder with ``issues.duckdb``
(schema ``masked``), ``export/*.csv`` in total order and ``manifest.json`` with their hash.
It has a hash of its own: the one table of a day follows from the deliveries alone, the ledger from all nights before.
Not here: the state (state.sql).
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from connectors import encryption
from connectors.faults import fault
from connectors.files import make_folder, sha256_of, sync_directory, write_atomically
from connectors.warehouse import open_database, quoted
from pipeline.export import combined_sha256, mask_name
from pipeline.ledger import corrections, dates

if TYPE_CHECKING:
    from connectors.warehouse import Connection
    from pipeline.settings import Settings

DATABASE, LINK = "issues.duckdb", "issues"
_KEEP = 3
_NAMED = ("expected", "actual", "difference")
_OFFICERS = ("owner_person", "handler", "signer", "reviewed_by")
_INTERNAL = (
    "token",
    "opened_batch",
    "cleared_batch",
    "replied_seq",
    "changed_seq",
    "pushed_to",
    "is_to_push",
    "reply_source",
)


def _masked_state(con: Connection) -> str:
    columns = [name for (name,) in con.execute("select column_name from (describe issue_state)").fetchall()]
    parts = []
    for name in columns:
        if name in _INTERNAL:
            continue
        if name in _NAMED:
            parts.append(f"case when value_class = 'name' then {mask_name(name)} else {name} end as {name}")
        elif name == "returned_why":
            parts.append("split_part(returned_why, '：', 1) as returned_why")
        elif name in _OFFICERS:
            parts.append(f"{mask_name(name)} as {name}")
        else:
            parts.append(f'"{name}"')
    return f"select {', '.join(parts)} from issue_state order by issue_id"


# What an officer writes as his reason is free text: it stays in the ledger and in the workbooks of those concerned.
_HISTORY = f"""
    select
        e.event_seq, e.issue_id, e.kind, e.on_date, e.sector,
        case when e.who = '系统' then e.who else {mask_name("e.who")} end as who,
        {mask_name("e.signer")} as signer,
        case when e.kind in ('found', 'changed', 'replied', 'returned', 'cleared') and s.value_class = 'name'
            then {mask_name("e.before")} else e.before end as before,
        case when e.kind = 'replied' and e.result <> 'wrong_owner' then null
            when e.kind = 'assigned' then {mask_name("e.after")}
            when s.value_class = 'name' and e.kind in ('found', 'changed', 'returned') then {mask_name("e.after")}
            else e.after end as after,
        case when e.who = '系统' then e.note when e.kind = 'returned' then split_part(e.note, '：', 1) end as note,
        e.result, e.progress, e.due_on, e.until, e.source, e.source_sha256, e.batch_seq
    from live_events as e inner join issue_state as s on e.issue_id = s.issue_id
    order by e.event_seq
    """

_SUMMARY = """
    select owner, left(area_code, 9) as township_code, category, state, is_overdue, count(*) as issues
    from issue_state group by all order by all
    """

_AGEING = """
    select
        owner,
        case when days_open <= 7 then '0-7' when days_open <= 15 then '8-15' when days_open <= 30 then '16-30'
            when days_open <= 60 then '31-60' else '61+' end as days,
        count(*) as open_issues,
        count(*) filter (where is_overdue) as overdue
    from issue_state where is_open group by all order by all
    """

_LEAGUE = """
    with units as (
        select 'department' as kind, owner as unit, * from issue_state
        union all
        select 'township' as kind, left(area_code, 9) as unit, * from issue_state where length(area_code) >= 9
    ),
    counted as (
        select
            kind,
            unit,
            count(*) as issues,
            count(*) filter (where is_open) as open_issues,
            count(*) filter (where is_overdue) as overdue,
            count(*) filter (where is_open and state = 'pushed') as unanswered,
            count(*) filter (where is_reply_late) as reply_late,
            count(*) filter (where is_open and owner_person is null) as without_person,
            count(*) filter (where not is_open) as cleared,
            count(*) filter (where round > 1) as reopened,
            median(days_open) filter (where not is_open) as median_days
        from units group by kind, unit
    )
    select
        *,
        overdue / nullif(open_issues, 0) as overdue_rate,
        cleared / nullif(issues, 0) as cleared_rate,
        rank() over (partition by kind order by overdue / nullif(open_issues, 0) desc nulls last, overdue desc) as place
    from counted order by kind, place, unit
    """

_RUNS = """
    with nights as (
        select batch_seq, as_of, run_id from live_batches where kind = 'night'
    ),
    spans as (
        select found_owner as owner, opened_batch, cleared_batch, round > 1 as is_reopened, count(*) as issues
        from issue_state group by all
    )
    select
        nights.batch_seq, nights.as_of, nights.run_id, spans.owner,
        coalesce(sum(issues) filter (where opened_batch = nights.batch_seq), 0) as new_issues,
        coalesce(sum(issues) filter (
            where opened_batch < nights.batch_seq and coalesce(cleared_batch > nights.batch_seq, true)
        ), 0) as still_open,
        coalesce(sum(issues) filter (where cleared_batch = nights.batch_seq), 0) as fixed,
        coalesce(sum(issues) filter (where opened_batch = nights.batch_seq and is_reopened), 0) as reopened
    from nights inner join spans on spans.opened_batch <= nights.batch_seq
    group by all order by nights.batch_seq, spans.owner
    """

_BURNDOWN = """
    with nights as (
        select batch_seq, as_of from live_batches where kind = 'night'
    ),
    spans as (
        select stage_id, opened_batch, cleared_batch, count(*) as issues
        from issue_state where stage_id is not null group by all
    )
    select
        spans.stage_id, nights.as_of, stage_ends.clear_by,
        date_diff('day', nights.as_of, stage_ends.clear_by) as days_left,
        coalesce(sum(issues) filter (where coalesce(cleared_batch > nights.batch_seq, true)), 0) as open_issues,
        coalesce(sum(issues) filter (where cleared_batch <= nights.batch_seq), 0) as cleared
    from nights
    inner join spans on spans.opened_batch <= nights.batch_seq
    left join stage_ends on spans.stage_id = stage_ends.stage_id
    group by all order by spans.stage_id, nights.as_of, open_issues
    """

_RECURRENCE = """
    select
        rule_id, found_owner as owner, count(distinct case_id) as cases,
        count(distinct case_id) filter (where round > 1) as recurred,
        count(distinct case_id) filter (where round > 1) / count(distinct case_id) as recurrence_rate
    from issue_state group by all order by all
    """

_BASELINES = """
    select
        b.baseline_id, b.as_of as frozen_on, s.owner,
        count(*) filter (
            where s.opened_batch <= b.batch_seq and coalesce(s.cleared_batch > b.batch_seq, true) and s.is_open
        ) as still_open,
        count(*) filter (where s.opened_batch <= b.batch_seq and s.cleared_batch > b.batch_seq) as fixed,
        count(*) filter (where s.opened_batch > b.batch_seq) as new_issues
    from live_batches as b cross join issue_state as s
    where b.baseline_id is not null
    group by all order by b.as_of, b.baseline_id, s.owner
    """

VIEWS = {
    "issue_events": _HISTORY,
    "issue_summary": _SUMMARY,
    "issue_ageing": _AGEING,
    "issue_league": _LEAGUE,
    "issue_runs": _RUNS,
    "issue_burndown": _BURNDOWN,
    "issue_recurrence": _RECURRENCE,
    "issue_baselines": _BASELINES,
    "issue_corrections": corrections.VIEW,
    "issue_correction_rates": corrections.RATES_VIEW,
}
"""Table → its select, each in a total order."""


def load_stages(con: Connection, county: str, as_of: date) -> None:
    """``stage_ends``: by when each stage of the county has to be cleared."""
    con.execute("create or replace temp table stage_ends (stage_id varchar, title varchar, clear_by date)")
    for stage in dates.terms(county, as_of).stages:
        con.execute("insert into stage_ends values (?, ?, ?)", [stage.stage_id, stage.title, stage.clear_by])


def publish_issues(settings: Settings, con: Connection, ledger: str, as_of: date, folder: str) -> dict[str, object]:
    """Write the publication of ``issue_state`` and put it in force; returns its manifest."""
    load_stages(con, settings.county, as_of)
    cut = con.execute(f"select max(batch_seq) from {ledger}.batches").fetchall()[0][0]
    published = make_folder(settings.published)
    name = f"issues-{as_of.isoformat()}-{cut:06d}"
    for left in (*published.glob(".new-issues-*"), *published.glob(f".{LINK}.*")):
        shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()
    scratch = make_folder(published / f".new-{name}")
    tables = {"issues": _masked_state(con), **VIEWS}
    files = _write(con, scratch, tables)
    manifest: dict[str, object] = {
        "as_of": as_of.isoformat(), "cut": cut, "publication": folder, "export_sha256": combined_sha256(files),
        "files": files,
    }  # fmt: skip
    write_atomically(scratch / "manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1).encode())
    fault("ledger_publish_before_rename")
    final = published / name
    if _says(final) == manifest:
        shutil.rmtree(scratch)
    else:
        if final.exists():
            shutil.rmtree(final)
        scratch.rename(final)
    link = published / f".{LINK}.{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(final.name)
    link.replace(published / LINK)
    sync_directory(published)
    for old in sorted(published.glob("issues-*"), key=lambda one: one.name.rpartition("-")[2])[:-_KEEP]:
        shutil.rmtree(old)
    return manifest


def _says(folder: Path) -> dict[str, object]:
    path = folder / "manifest.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def _write(con: Connection, scratch: Path, tables: dict[str, str]) -> dict[str, dict[str, object]]:
    files: dict[str, dict[str, object]] = {}
    export = make_folder(scratch / "export")
    encryption.attach(con, scratch / DATABASE, "issues_out")
    con.execute("create schema issues_out.masked")
    for name, select in tables.items():
        con.execute(f"create table issues_out.masked.{name} as {select}")
        csv = export / f"{name}.csv"
        con.execute(f"copy issues_out.masked.{name} to {quoted(str(csv))} (format csv, header)")
        files[csv.name] = {"sha256": sha256_of(csv), "bytes": csv.stat().st_size}
    con.execute("detach issues_out")
    return files


def ask(settings: Settings, sql: str, parameters: list[object]) -> list[dict[str, object]]:
    """Rows of the ledger's publication in force; none before the first."""
    path = settings.published / LINK / DATABASE
    if not path.exists():
        return []
    with closing(open_database(path, read_only=True)) as con:
        cursor = con.execute(sql, parameters)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
