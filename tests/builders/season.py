"""Plays a scripted season into a ledger: deliveries, findings, replies and decisions of each day, then its night.

Data in: a :class:`simulator.season.Season`. Data out: an in-memory warehouse ``wh`` whose ledger has had the nights.
The findings stand where a publication would hold them (``pub."full"``): forty whole nights of dbt would take an hour.
"""

from __future__ import annotations

from pathlib import Path

from connectors.warehouse import Connection, create_tables, open_work
from pipeline.ledger import night as nights
from pipeline.ledger import officers, state
from pipeline.ledger.events import Batch, append, next_batch
from simulator.season import FEEDS, RULE_OFF, Case, Season, day, delivers

COUNTY = "610099"
OFFICER = "测复核"
_MISMATCHES = (
    "mismatch_id varchar, rule_id varchar, detail varchar, verdict varchar, subject_type varchar, subject_key varchar,"
    " subject_label varchar, area_code varchar, owner varchar, severity varchar, expected varchar, actual varchar,"
    " difference varchar, value_class varchar, evidence varchar, counter_evidence varchar, found_on date, due_on date,"
    " title varchar, instruction varchar"
)


def opened(folder: Path | None = None) -> Connection:
    """A warehouse and a place for publications, both in memory."""
    con = open_work(threads=1, spill=folder)
    con.execute("attach ':memory:' as wh")
    create_tables(con, "wh")
    con.execute("attach ':memory:' as pub")
    con.execute('create schema pub."full"')
    con.execute(f'create table pub."full".mismatches ({_MISMATCHES})')
    con.execute('create table pub."full".rule_status (rule_id varchar, status varchar)')
    con.execute(
        'create table pub."full".one_table_person (person_uid varchar, name varchar, id_masked varchar, hh_no varchar,'
        " sex varchar, birth_date date)"
    )
    con.execute('create table pub."full".one_table_household (household_key varchar, hh_no varchar, head_name varchar)')
    con.execute(
        'create table pub."full".one_table_village (area_code varchar, village_name varchar, township_name varchar)'
    )
    state.make_pending(con)
    return con


def play(con: Connection, season: Season, number: int) -> nights.Night:
    """What came in on a day, and the night after it."""
    _deliver(con, season, number)
    _reply(con, season, number)
    _find(con, season, number)
    state.make_pending(con)
    return nights.run_night(con, COUNTY, day(number), f"run{number}", f"folder{number}")


def decide(con: Connection, season: Season, number: int) -> None:
    """What officers do in the morning after a night."""
    _decide(con, season, number)
    if number in season.baselines[1:]:
        state.make_pending(con)
        batch = Batch("baseline", day(number), OFFICER, baseline_id=f"second_{number}")
        append(con, nights.LEDGER, batch, next_batch(con, nights.LEDGER))


def _submission(con: Connection, name: str, feed: str, number: int, mode: str) -> None:
    sector, _, entity = feed.partition("/")
    con.execute(
        "insert into wh.meta.submissions by name select ? as submission_id, ? as sector, ? as entity, ? as file_name,"
        " 'accepted' as status, (select coalesce(max(seq), 0) + 1 from wh.meta.submissions) as seq,"
        " ?::date as received_on, ?::date as as_of, ? as mode, ? as area_code, ? as sha256",
        [name, sector, entity, f"{name}.xlsx", day(number), day(number), mode, COUNTY, f"sha of {name}"],
    )


def _deliver(con: Connection, season: Season, number: int) -> None:
    for feed in FEEDS:
        if not delivers(feed, number):
            continue
        name = f"{feed.replace('/', '-')}-{number}"
        _submission(con, name, feed, number, "full")
        rows = [[name, _row(case, number), f"K{case.number}"] for case in season.cases if case.feed == feed]
        if rows:
            con.executemany(
                f"insert into wh.raw.{feed.replace('/', '__')} by name select ? as submission_id, 'Sheet1' as sheet,"
                " ?::integer as row_no, 0 as sub_no, ? as row_key",
                rows,
            )


def _row(case: Case, number: int) -> int:
    """Where the case stands in the list of a day: lists are sorted anew each time."""
    return 2 + (case.number * 7 + number * 13) % 1009


def _find(con: Connection, season: Season, number: int) -> None:
    con.execute('delete from pub."full".mismatches')
    con.execute('delete from pub."full".rule_status')
    rule, first, last = RULE_OFF
    off = {rule} if first <= number <= last else set()
    rules = sorted({case.rule_id for case in season.cases})
    con.executemany(
        'insert into pub."full".rule_status values (?, ?)',
        [[name, "not_run" if name in off else "run"] for name in rules],
    )
    rows = []
    for case in season.cases:
        delivered = case.found(number)
        if delivered is None:
            continue
        place = f"{case.feed.replace('/', '-')}-{delivered}#Sheet1!{_row(case, delivered)}"
        is_record = case.rule_id == "R006"
        rows.append(
            [
                f"{case.number:032x}", case.rule_id, case.detail, "fail", "record" if is_record else "person",
                place if is_record else f"P{case.number}", f"测{case.number}", case.area_code, case.sector, "major",
                "已参保缴费", case.value(delivered), None, "text", place, "registry-persons-0#Sheet1!1", day(delivered),
                None, "问题", "请核实",
            ]
        )  # fmt: skip
    if rows:
        con.executemany(f'insert into pub."full".mismatches values ({", ".join("?" * 20)})', rows)


def issue_ids(con: Connection) -> dict[tuple[int, int], str]:
    """(case, round) → issue id, by the case's subject or the key of its row."""
    found = con.execute(
        "select e.issue_id, e.round, e.subject_type, e.subject_key, r.row_key from wh.ledger.events as e"
        " left join wh.raw.medical__enrolments as r on e.subject_key = r.submission_id || '#Sheet1!' || r.row_no"
        " where e.kind = 'found'"
    ).fetchall()
    return {
        (int((row_key if kind == "record" else subject)[1:]), times): issue
        for issue, times, kind, subject, row_key in found
    }


def _reply(con: Connection, season: Season, number: int) -> None:
    ids = issue_ids(con)
    said = [(case, reply) for case in season.cases for reply in case.replies if reply.on == number]
    for sector in sorted({reply.sector for _, reply in said}):
        name = f"{sector}-replies-{number}"
        _submission(con, name, f"{sector}/replies", number, "increment")
        rows = [
            [
                name, place, ids[case.number, reply.round], reply.result, "已更正" if reply.result == "fixed" else None,
                day(number).isoformat() if reply.result == "fixed" else None, reply.explanation, reply.transfer_to,
                reply.progress, reply.handler, reply.signer, day(number).isoformat(),
            ]
            for place, (case, reply) in enumerate(said, start=4)
            if reply.sector == sector
        ]  # fmt: skip
        con.executemany(
            f"insert into wh.raw.{sector}__replies by name select ? as submission_id, 'Sheet1' as sheet, ?::integer as"
            " row_no, 0 as sub_no, ? as issue_id, ? as result, ? as corrected_value, ? as fixed_on, ? as explanation,"
            " ? as transfer_to, ? as progress_pct, ? as handler, ? as signer, ? as replied_on",
            rows,
        )


def _decide(con: Connection, season: Season, number: int) -> None:
    ids = issue_ids(con)
    asked = [
        officers.Asked(
            ids[case.number, one.round], officers.Verdict(one.verdict), OFFICER, "依据材料", one.until, one.owner
        )
        for case in season.cases
        for one in case.decisions
        if one.on == number
    ]
    if asked:
        officers.write_decisions(con, COUNTY, asked, day(number))
