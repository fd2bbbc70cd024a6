"""The tables of the ledger's publication, each as one select over the state and the live events.

Data in: nothing. Data out: SQL over ``issue_state``, ``live_events``, ``live_batches``, ``stage_ends``.
Not here: the state (state.sql), publishing (views.py), what the columns mean (pipeline/ledger/dictionary.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.ledger import corrections
from pipeline.publication.export import mask_name

if TYPE_CHECKING:
    from connectors.warehouse import Connection

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


def masked_state(con: Connection) -> str:
    """The select of the issues as everybody may see them."""
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

_ANSWERED = "least(i.explained_on, i.reviewed_on, i.cleared_on)"
_CALENDAR = f"""
    select
        i.stage_id, i.owner, s.list_by, s.reply_by, s.clear_by,
        count(*) as issues,
        count(*) filter (where i.first_pushed_on <= s.list_by) as listed_in_time,
        count(*) filter (where coalesce(i.first_pushed_on, getvariable('as_of')) > s.list_by) as listed_late,
        count(*) filter (where i.is_open and (i.owner_person is null or i.due_on is null)) as incomplete,
        count(*) filter (where {_ANSWERED} <= s.reply_by) as answered_in_time,
        count(*) filter (where coalesce({_ANSWERED}, getvariable('as_of')) > s.reply_by) as answered_late,
        count(*) filter (where i.cleared_on <= s.clear_by) as cleared_in_time,
        count(*) filter (where coalesce(i.cleared_on, getvariable('as_of')) > s.clear_by) as cleared_late
    from issue_state as i inner join stage_ends as s on i.stage_id = s.stage_id
    where coalesce(s.list_by, s.reply_by, s.clear_by) is not null
    group by all order by i.stage_id, i.owner
    """
"""The calendar of a review against what was done: listed (R061), reviewed or explained (R062), cleared (R063)."""

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
    "issue_calendar": _CALENDAR,
    "issue_recurrence": _RECURRENCE,
    "issue_baselines": _BASELINES,
    "issue_corrections": corrections.VIEW,
    "issue_correction_rates": corrections.RATES_VIEW,
}
"""Table → its select, each in a total order."""
