"""Tonight's detections, held against the open issues.

Data in: the mismatches and rule verdicts of a publication, the warehouse's deliveries, ``issue_state``.
Data out: the tables ``detections`` and ``deliveries``; pending events found, changed, seen, cleared, returned.
Not here: which differences there are (dbt) and the order of a night's steps (night.py).
"""

from __future__ import annotations

from datetime import date

from connectors.contract import feeds
from connectors.issue_tables import FACT_COLUMNS
from connectors.warehouse import Connection
from pipeline.ledger import dates, events

_VALUES = ("verdict", "expected", "actual", "difference", "value_class", "area_code", "severity", "subject_label")
"""A change of these is told to the department."""
_PLACES = ("evidence", "counter_evidence", "subject_key", "title", "category")
"""A change of these only says that a newer delivery shows the same."""
_FACTS = ", ".join(FACT_COLUMNS)


def load(con: Connection, published: str, warehouse: str, county: str, as_of: date, terms: dates.Terms) -> None:
    """Make ``detections``, one row per case, and ``deliveries``.

    ``published`` is a schema with ``mismatches`` and ``rule_status``, ``warehouse`` the attached warehouse.
    """
    _load_deliveries(con, warehouse, as_of)
    _load_rules(con, published, as_of, terms)
    con.execute(f"create or replace temp table found_rows as select * from {published}.mismatches")
    _load_record_keys(con, warehouse)
    con.execute(
        """
        create or replace temp table detections as
        with keyed as (
            select
                f.*,
                coalesce(k.row_key, f.subject_key) as case_key
            from found_rows as f left join record_keys as k on f.subject_key = k.subject_key
        ),
        told_apart as (
            select
                *,
                row_number() over (partition by rule_id, detail, subject_type, case_key order by mismatch_id) as nth
            from keyed
        )
        select
            md5(concat_ws('|', d.rule_id, coalesce(d.detail, ''), d.subject_type, d.case_key)
                || case when nth > 1 then '|' || nth else '' end) as case_id,
            d.owner as sector,
            d.rule_id, coalesce(d.detail, '') as detail, d.title, r.category, d.verdict, d.subject_type, d.subject_key,
            d.subject_label, d.area_code, d.severity, d.expected, d.actual, d.difference, d.value_class, d.evidence,
            d.counter_evidence,
            case when r.days_to_fix is null and r.due_on is null then d.due_on else r.due_on end as due_on,
            r.stage_id,
            r.reply_by
        from told_apart as d left join rule_terms as r on d.rule_id = r.rule_id
        """
    )
    _load_rule_feeds(con)


def _load_deliveries(con: Connection, warehouse: str, as_of: date) -> None:
    """Accepted deliveries received by ``as_of``."""
    con.execute(
        "create or replace temp table deliveries as select submission_id, sector, sector || '/' || entity as feed,"
        f" coalesce(area_code, '') as area_code, mode, seq, as_of, sha256 from {warehouse}.meta.submissions"
        " where status in ('accepted', 'accepted_with_errors', 'nil') and received_on <= ?",
        [as_of],
    )


def _load_rules(con: Connection, published: str, as_of: date, terms: dates.Terms) -> None:
    con.execute(
        "create or replace temp table rule_terms (rule_id varchar, category varchar, days_to_fix integer, due_on date,"
        " stage_id varchar, reply_by date)"
    )
    for rule in dates.rules().values():
        due_on, stage = terms.due(rule.rule_id, rule.days_to_fix, as_of)
        con.execute(
            "insert into rule_terms values (?, ?, ?, ?, ?, ?)",
            [
                rule.rule_id,
                rule.category,
                rule.days_to_fix,
                due_on,
                stage,
                terms.reply_by(rule.rule_id, as_of),
            ],
        )
    con.execute(
        f"create or replace temp table rules_run as select rule_id from {published}.rule_status where status = 'run'"
    )


def rules_not_run(con: Connection) -> tuple[str, ...]:
    """Rules with issues that did not run tonight: their issues are neither seen nor cleared."""
    found = con.execute(
        "select distinct rule_id from issue_state where rule_id not in (select rule_id from rules_run) order by 1"
    ).fetchall()
    return tuple(rule for (rule,) in found)


def _load_record_keys(con: Connection, warehouse: str) -> None:
    """A lasting key for each subject that is a row of a file: the row's key, else its place in the feed's files."""
    con.execute(
        r"""
        create or replace temp table record_subjects as
        select distinct f.subject_key, d.feed, d.submission_id, s.place.sheet as sheet, s.place.row_no as row_no
        from (
            select
                subject_key,
                regexp_extract(subject_key, '^([^#]+)#(.*)!(\d+)$', ['submission', 'sheet', 'row_no']) as place
            from found_rows where subject_type not in ('person', 'household')
        ) as s
        inner join found_rows as f on s.subject_key = f.subject_key
        inner join deliveries as d on s.place.submission = d.submission_id
        """
    )
    con.execute("create or replace temp table record_keys (subject_key varchar, row_key varchar)")
    names = {name for (name,) in con.execute("select distinct feed from record_subjects").fetchall()}
    for feed in feeds():
        if feed.name not in names:
            continue
        con.execute(
            f"""
            insert into record_keys
            select s.subject_key, s.feed || '|' || coalesce(min(r.row_key), s.sheet || '!' || s.row_no)
            from record_subjects as s
            left join {warehouse}.raw.{feed.table} as r
                on s.submission_id = r.submission_id and s.sheet = r.sheet and s.row_no = r.row_no::varchar
            where s.feed = ?
            group by s.subject_key, s.feed, s.sheet, s.row_no
            """,
            [feed.name],
        )


def _load_rule_feeds(con: Connection) -> None:
    """By which of its owner's feeds a difference is mended: the one its detail names, else those its rule needs."""
    con.execute(
        "create or replace temp table rule_feeds (rule_id varchar, detail varchar, sector varchar, feed varchar)"
    )
    known = {feed.name for feed in feeds() if feed.entity != "replies"}
    kinds = con.execute(
        "select rule_id, detail, sector from detections"
        " union select rule_id, detail, found_owner from issue_state where is_open"
    ).fetchall()
    rows = []
    for rule_id, detail, sector in kinds:
        named = str(detail or "").partition(".")[0]
        rule = dates.rules().get(rule_id)
        needed = [name for name in (rule.needed_feeds if rule else ()) if name.startswith(f"{sector}/")]
        own = sorted(name for name in known if name.startswith(f"{sector}/"))
        chosen = [named] if named in known and named.startswith(f"{sector}/") else needed or own
        rows += [[rule_id, detail, sector, name] for name in chosen]
    if rows:
        con.executemany("insert into rule_feeds values (?, ?, ?, ?)", rows)


def compare(con: Connection, ledger: str, batch_seq: int, as_of: date) -> None:
    """Stage what tonight's detections change; ``issue_state`` is the state before them."""
    con.execute("set variable as_of = ?::date", [as_of])
    events.stage(con, ledger, batch_seq, _FOUND, "rule_id, case_id")
    events.stage(con, ledger, batch_seq, _differs("changed", _VALUES, ()), "issue_id")
    events.stage(con, ledger, batch_seq, _differs("seen", _PLACES, _VALUES), "issue_id")
    events.stage(con, ledger, batch_seq, _CLEARED, "issue_id")
    events.stage(con, ledger, batch_seq, _CONTRADICTED, "issue_id")


_FOUND = f"""
    with before as (
        select case_id, max(round) as round, arg_max(issue_id, round) as issue_id, bool_or(is_open) as is_open
        from issue_state group by case_id
    )
    select
        'found' as kind,
        d.rule_id || '-' || left(d.case_id, 16)
            || case when b.round is null then '' else '-' || (b.round + 1) end as issue_id,
        d.case_id,
        coalesce(b.round, 0) + 1 as round,
        getvariable('as_of') as on_date,
        d.sector,
        '系统' as who,
        d.actual as after,
        b.issue_id as note,
        d.due_on,
        d.stage_id,
        d.reply_by as until,
        d.evidence as source,
        s.sha256 as source_sha256,
        {", ".join(f"d.{name}" for name in FACT_COLUMNS)}
    from detections as d
    left join before as b on d.case_id = b.case_id
    left join deliveries as s on split_part(d.evidence, '#', 1) = s.submission_id
    where not coalesce(b.is_open, false)
    """


def _differs(kind: str, names: tuple[str, ...], but_not: tuple[str, ...]) -> str:
    different = " or ".join(f"d.{name} is distinct from i.{name}" for name in names)
    same = " and ".join(f"d.{name} is not distinct from i.{name}" for name in but_not) or "true"
    before = "i.actual" if kind == "changed" else "i.evidence"
    after = "d.actual" if kind == "changed" else "d.evidence"
    return f"""
        select
            '{kind}' as kind, i.issue_id, i.case_id, i.round, getvariable('as_of') as on_date, i.owner as sector,
            '系统' as who, {before} as before, {after} as after, d.evidence as source, s.sha256 as source_sha256,
            {", ".join(f"d.{name}" for name in FACT_COLUMNS)}
        from detections as d
        inner join issue_state as i on d.case_id = i.case_id and i.is_open
        left join deliveries as s on split_part(d.evidence, '#', 1) = s.submission_id
        where ({different}) and {same}
        """


_CLEARED = """
    with gone as (
        select * from issue_state
        where is_open and rule_id in (select rule_id from rules_run)
            and case_id not in (select case_id from detections)
    ),
    proofs as (
        select g.rule_id, g.detail, g.found_owner, g.area_code, arg_max(d.submission_id, d.seq) as submission_id,
            arg_max(d.sha256, d.seq) as sha256
        from (select distinct rule_id, detail, found_owner, area_code from gone) as g
        inner join rule_feeds as f
            on g.rule_id = f.rule_id and g.detail = f.detail and g.found_owner = f.sector
        inner join deliveries as d
            on f.feed = d.feed
            and (starts_with(coalesce(g.area_code, ''), d.area_code) or starts_with(d.area_code, g.area_code))
        group by all
    )
    select
        'cleared' as kind, g.issue_id, g.case_id, g.round, getvariable('as_of') as on_date, g.owner as sector,
        '系统' as who, g.actual as before, '数据中已无此差异' as after,
        case when g.result = 'fixed' then '部门已报更正，数据已证实'
            when g.result is not null then '部门已回复，数据已无此差异' else '数据已无此差异' end as note,
        g.last_seen_on as until, p.submission_id as source, p.sha256 as source_sha256
    from gone as g
    left join proofs as p
        on g.rule_id = p.rule_id and g.detail = p.detail and g.found_owner = p.found_owner
        and g.area_code is not distinct from p.area_code
    """

_CONTRADICTED = """
    with claims as (
        select i.*, d.evidence as evidence_now, claim.seq as claimed_seq, reply.until as fixed_on
        from issue_state as i
        inner join detections as d on i.case_id = d.case_id
        inner join live_events as reply on i.replied_seq = reply.event_seq
        inner join deliveries as claim on split_part(i.reply_source, '#', 1) = claim.submission_id
        where i.state = 'replied' and i.result = 'fixed'
    ),
    shown as (
        select c.issue_id, arg_min(d.submission_id, d.seq) as submission_id, arg_min(d.sha256, d.seq) as sha256
        from claims as c
        inner join rule_feeds as f
            on c.rule_id = f.rule_id and c.detail = f.detail and c.found_owner = f.sector
        inner join deliveries as d
            on f.feed = d.feed and d.seq > c.claimed_seq
            and coalesce(d.as_of >= c.fixed_on, true)
            and (
                (d.mode = 'full' and starts_with(coalesce(c.area_code, ''), d.area_code))
                or split_part(c.evidence_now, '#', 1) = d.submission_id
            )
        group by c.issue_id
    )
    select
        'returned' as kind, c.issue_id, c.case_id, c.round, getvariable('as_of') as on_date, c.owner as sector,
        '系统' as who, c.result as before, c.actual as after, '已报更正，但更正后报送的数据仍有此差异' as note,
        s.submission_id as source, s.sha256 as source_sha256
    from claims as c inner join shown as s on c.issue_id = s.issue_id
    """
