"""What departments answered, and what follows from an answer without anybody deciding.

Data in: accepted rows of the replies feeds, ``issue_state``. Data out: pending events replied, transferred, refused,
returned.
A later answer supersedes an earlier one. The same words again are no event, unless they stand in the list that was
pushed after the answer had been returned. A night that is rolled back loses its answers, not what an officer said of
them: the night that takes them again repeats it. What data say of an answer is detect.py's.
Not here: reading a returned workbook (connectors/intake) and officers' decisions (officers.py).
"""

from __future__ import annotations

from datetime import date

from connectors.contract import SECTORS, feeds
from connectors.warehouse import Connection
from pipeline.ledger import events

UNIT_WORDS = {
    "扶贫": "registry", "医保": "medical", "医疗保障": "medical", "卫健": "medical", "卫生健康": "medical",
    "住建": "housing", "住房": "housing", "教育": "education", "民政": "civil_affairs", "残联": "civil_affairs",
    "水利": "water",
}  # fmt: skip
"""How departments write each other's names."""

UNSIGNED = "经办人与审核人须为两人，请由另一人审核后重报"
UNCLEAR = "转办单位不明或就是本单位，请写明应转办的单位"
BARRED = "责任单位已由扶贫部门裁定，不再转办"
_COLUMNS = (
    "submission_id", "sheet", "row_no", "issue_id", "push_id", "result", "corrected_value", "fixed_on", "explanation",
    "evidence_id", "transfer_to", "progress_pct", "handler", "signer", "replied_on",
)  # fmt: skip


def explanations(warehouse: str) -> str:
    """SQL: what was written in each answer, by the place it came from (``reply_source`` of an issue)."""
    return " union all ".join(
        f"select submission_id || '#' || sheet || '!' || row_no as source, explanation, evidence_id"
        f" from {warehouse}.raw.{feed.table}"
        for feed in feeds()
        if feed.entity == "replies"
    )


def take(con: Connection, ledger: str, warehouse: str, batch_seq: int, as_of: date) -> tuple[str, ...]:
    """Stage the answers that no live night has taken; returns the submissions they came in."""
    con.execute("set variable as_of = ?::date", [as_of])
    con.execute(
        f"""
        create or replace temp table new_replies as
        select submission_id, sector, received_on, seq, sha256 from {warehouse}.meta.submissions
        where entity = 'replies' and status in ('accepted', 'accepted_with_errors') and received_on <= ?
            and submission_id not in (select unnest(replies_taken) from live_batches)
        """,
        [as_of],
    )
    taken = tuple(name for (name,) in con.execute("select submission_id from new_replies order by seq").fetchall())
    if not taken:
        return ()
    columns = ", ".join(f"r.{name}" for name in _COLUMNS)
    tables = " union all ".join(
        f"select {columns} from {warehouse}.raw.{feed.table} as r where r.submission_id in"
        " (select submission_id from new_replies)"
        for feed in feeds()
        if feed.entity == "replies"
    )
    units = " ".join(f"when contains(r.transfer_to, '{word}') then '{unit}'" for word, unit in UNIT_WORDS.items())
    names = " ".join(f"when r.transfer_to = '{unit}' then '{unit}'" for unit in SECTORS)
    con.execute(
        f"""
        create or replace temp table replies as
        with said as (
            select
                r.*, n.sector, n.received_on, n.seq, n.sha256,
                case {names} {units} end as target,
                md5({_SAID}) as said,
                i.case_id, i.round, i.actual, i.owner, i.transfer_count, i.is_owner_decided, e.token as said_last,
                i.returned_on is not null and not i.is_to_push and coalesce(r.push_id = i.push_id, true) as is_again
            from ({tables}) as r
            inner join new_replies as n on r.submission_id = n.submission_id
            inner join issue_state as i on r.issue_id = i.issue_id and n.sector = i.owner and i.is_open
                and not i.is_undecided
            left join live_events as e on i.replied_seq = e.event_seq
        ),
        compared as (
            select
                *,
                coalesce(lag(said) over (partition by issue_id order by seq, row_no), said_last) as said_before,
                is_again
                and row_number() over (partition by issue_id, is_again order by seq, row_no) = 1 as is_first_again
            from said
        )
        select
            * exclude (said_last, said_before, is_again, is_first_again),
            row_number() over (partition by issue_id order by seq desc, row_no desc) as place
        from compared
        where said is distinct from said_before or is_first_again
        """
    )
    events.stage(con, ledger, batch_seq, _REPLIED, "place, issue_id", "place")
    events.stage(con, ledger, batch_seq, _FOLLOWS)
    events.stage(con, ledger, batch_seq, _decided_before(ledger))
    return taken


_SAID = """
    concat_ws('|', r.result, coalesce(r.corrected_value, ''), coalesce(r.fixed_on, ''), coalesce(r.explanation, ''),
        coalesce(r.evidence_id, ''), coalesce(r.transfer_to, ''), coalesce(r.progress_pct, ''),
        coalesce(r.handler, ''), coalesce(r.signer, ''), coalesce(r.replied_on, ''))
    """
"""What was answered, to know the same words again. Only their hash is kept, they stay in the replies feed."""

_REPLIED = """
    select
        row_number() over (order by r.seq, r.row_no) as place,
        'replied' as kind, r.issue_id, r.case_id, r.round, r.received_on as on_date, r.sector, r.handler as who,
        r.signer, r.actual as before, coalesce(r.target, r.corrected_value) as after, r.result,
        try_cast(r.progress_pct as decimal(9, 4)) as progress, try_cast(r.fixed_on as date) as until,
        r.said as token, r.submission_id || '#' || r.sheet || '!' || r.row_no as source, r.sha256 as source_sha256
    from replies as r
    """

_FOLLOWS = f"""
    with last as (
        select *, coalesce(handler = signer, true) and result <> 'fixed' and result <> 'in_progress' as is_unsigned
        from replies where place = 1
    ),
    judged as (
        select
            *,
            case
                when is_unsigned then 'returned'
                when result <> 'wrong_owner' then null
                when target is null or target = owner or is_owner_decided then 'returned'
                when transfer_count = 0 then 'transferred'
                else 'refused'
            end as follows
        from last
    )
    select
        r.follows as kind, r.issue_id, r.case_id, r.round, getvariable('as_of') as on_date, r.sector, '系统' as who,
        r.owner as before,
        case when r.follows = 'transferred' then r.target when r.follows = 'refused' then 'registry' end as after,
        case
            when r.is_unsigned then '{UNSIGNED}'
            when r.follows = 'returned' and r.is_owner_decided then '{BARRED}'
            when r.follows = 'returned' then '{UNCLEAR}'
            when r.follows = 'refused' then '第二家单位退回，由扶贫部门裁定；建议单位 ' || coalesce(r.target, '未写明')
            else '转办'
        end as note,
        r.submission_id || '#' || r.sheet || '!' || r.row_no as source, r.sha256 as source_sha256
    from judged as r
    where r.follows is not null
    """


def _decided_before(ledger: str) -> str:
    """SQL: what an officer said of tonight's last answer when a night had taken it that was rolled back since."""
    return f"""
    with taken_before as (
        select r.issue_id, was.event_seq as since, min(later.event_seq) as until_seq
        from replies as r
        inner join {ledger}.events as was
            on was.kind = 'replied' and was.issue_id = r.issue_id
            and was.source = r.submission_id || '#' || r.sheet || '!' || r.row_no
        left join {ledger}.events as later
            on later.kind = 'replied' and later.issue_id = r.issue_id and later.event_seq > was.event_seq
        where r.place = 1
        group by r.issue_id, was.event_seq
    ),
    decided as (
        select d.*, row_number() over (partition by d.issue_id order by d.event_seq desc) as place
        from taken_before as t
        inner join live_events as d
            on t.issue_id = d.issue_id and d.kind in ('signed', 'returned') and d.event_seq > t.since
            and coalesce(d.event_seq < t.until_seq, true)
        inner join live_batches as b on d.batch_seq = b.batch_seq and b.kind = 'decision'
    )
    select * exclude (event_seq, batch_seq, place) from decided where place = 1
    """
