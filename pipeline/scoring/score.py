"""How far the product found what a simulated county got wrong.

Data in: ``truth/`` of the simulator, the current publication (schema ``masked``) and the warehouse's meta tables.
Data out: recall and precision per rule and reason code, link errors, indicator differences, how well doubtful rows were
proposed; the first differences for debugging, people shown as tokens.
Not here: rules, and anything that reads the simulator itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from connectors import keyfiles
from connectors.sql_text import quoted
from connectors.warehouse import Connection, attached_warehouse, open_work
from identity import tokens
from identity.rosters import PERSON_ROSTERS
from pipeline.publication.reports import publication_folder
from pipeline.scoring.cards import pair_cards, score_cards
from pipeline.scoring.lists import pair_lists, score_lists
from pipeline.scoring.proposals import pair_proposals, score_proposals
from pipeline.scoring.subjects import SUBJECT_KEY, SUBJECT_SOURCE
from pipeline.settings import Settings

_REQUIRED = ("files", "intake", "links", "mismatches", "indicators")


def missing_files(truth_dir: Path) -> list[str]:
    """Files without which a folder is no truth, by name; cards, lists and proposals may be absent."""
    names = [f"{name}.csv" for name in _REQUIRED]
    return [name for name in names if not (truth_dir / name).is_file()]


def score(settings: Settings, truth_dir: Path) -> dict[str, Any]:
    """The comparison in the form of ``onetable score --json``."""
    with _prepared(settings, truth_dir) as con:
        return {
            "rules": _counted(con, "rule_pairs"),
            "intake": _counted(con, "intake_pairs"),
            "links": _links(con),
            "indicators": _indicators(con),
            "proposals": score_proposals(con),
            "cards": score_cards(con),
            "lists": score_lists(con),
            "not_run": _not_run(con),
        }


def differences(settings: Settings, truth_dir: Path, *, limit: int = 40) -> dict[str, list[dict[str, Any]]]:
    """The first differences of each part; people appear as tokens, files by name."""
    parts = {
        "rules": "select * from rule_pairs where not (is_expected and is_found) order by all",
        "intake": "select * from intake_pairs where not (is_expected and is_found) order by all",
        "links": "select * from link_pairs where expected_key is distinct from found_key order by all",
        "indicators": "select * from indicator_pairs where is_different order by all",
        "cards": "select * from card_pairs where expected is distinct from found order by all",
        "lists": "select * from list_pairs where is_different order by all",
        "proposals": "select * from proposal_pairs where found_rank is distinct from 1 order by all",
    }
    with _prepared(settings, truth_dir) as con:
        return {part: _dicts(con, f"{sql} limit {int(limit)}") for part, sql in parts.items()}


@contextmanager
def _prepared(settings: Settings, truth_dir: Path) -> Iterator[Connection]:
    """A work database with the warehouse and the publication in force, expectation and finding side by side."""
    publication = publication_folder(settings) / "one_table.duckdb"
    con = open_work(threads=settings.threads, memory_limit=settings.memory_limit)
    try:
        with attached_warehouse(con, settings.warehouse, read_only=True, wait_seconds=settings.wait_seconds):
            _prepare(con, settings, publication, truth_dir)
            yield con
    finally:
        con.close()


def _prepare(con: Connection, settings: Settings, publication: Path, truth_dir: Path) -> None:
    """Views of expectation and finding side by side."""
    for name in (*_REQUIRED, "proposals"):
        if name == "proposals" and not (truth_dir / f"{name}.csv").exists():
            con.execute("create temp table truth_proposals (file varchar, row varchar, person varchar, damage varchar)")
            continue
        path = quoted(str(truth_dir / f"{name}.csv"))
        con.execute(
            f"create temp table truth_{name} as select * from read_csv({path}, header = true, all_varchar = true, "
            "nullstr = '', quote = '\"', escape = '\"', auto_detect = false, delim = ',', columns = "
            f"{_columns(truth_dir / f'{name}.csv')})"
        )
    con.execute(f"attach {quoted(str(publication))} as publication (read_only)")
    with tokens.installed(con, keyfiles.load(settings.token_key)):
        _pair_files(con)
        _pair_intake(con)
        _pair_links(con)
        _pair_rules(con)
        _pair_indicators(con)
        pair_proposals(con)
        pair_cards(con, truth_dir)
        pair_lists(con, truth_dir)


def _columns(path: Path) -> str:
    with path.open(encoding="utf-8") as handle:
        names = handle.readline().strip().split(",")
    return "{" + ", ".join(f"'{name}': 'VARCHAR'" for name in names) + "}"


def _pair_files(con: Connection) -> None:
    """Each truth file and the submission it became: the first that was not a mere repetition."""
    con.execute(
        """
        create temp table deliveries as
        select truth.file, submission.submission_id, submission.status, submission.reasons
        from truth_files as truth
        left join wh.meta.submissions as submission
            on truth.sha256 = submission.sha256
            and split_part(truth.file, '/', 1) = submission.sector
            and split_part(truth.file, '/', 2) = submission.entity
            and submission.status <> 'duplicate'
        qualify row_number() over (partition by truth.file order by submission.seq desc) = 1
        """
    )


def _pair_intake(con: Connection) -> None:
    con.execute(
        """
        create temp table intake_pairs as
        with expected as (
            select distinct file, coalesce(row, '') as place, coalesce(reason_code, verdict) as code
            from truth_intake
        ),

        found as (
            select distinct deliveries.file, codes.sheet || '!' || codes.row_no as place, codes.code
            from deliveries
            inner join wh.meta.row_codes as codes on deliveries.submission_id = codes.submission_id
            union
            select file, '', status from deliveries where status is not null
            union
            select file, '', unnest(reasons) from deliveries
        )

        select
            coalesce(expected.code, found.code) as code,
            coalesce(expected.file, found.file) as file,
            coalesce(expected.place, found.place) as place,
            expected.file is not null as is_expected,
            found.file is not null as is_found,
            false as is_ambiguous
        from expected
        full join found
            on expected.file = found.file and expected.place = found.place and expected.code = found.code
        """
    )


def _pair_links(con: Connection) -> None:
    feeds = ", ".join(quoted(feed) for feed in (roster.feed for roster in PERSON_ROSTERS))
    con.execute(
        f"""
        create temp table link_pairs as
        with expected as (
            select
                file,
                row as place,
                case
                    when split_part(file, '/', 1) || '/' || split_part(file, '/', 2) in ({feeds}) then token(person)
                    else person
                end as subject
            from truth_links
        ),

        found as (
            select
                deliveries.file,
                links.sheet || '!' || links.row_no as place,
                case
                    when links.sector || '/' || links.entity in ({feeds}) then links.person_uid
                    else links.household_key
                end as subject
            from publication.masked.links as links
            inner join deliveries on links.submission_id = deliveries.submission_id
        )

        select
            coalesce(expected.file, found.file) as file,
            coalesce(expected.place, found.place) as place,
            expected.subject as expected_key,
            found.subject as found_key
        from expected
        full join found on expected.file = found.file and expected.place = found.place
        """
    )


def _pair_rules(con: Connection) -> None:
    con.execute(
        f"""
        create temp table rule_pairs as
        with expected as (
            select
                truth.rule_id,
                coalesce(truth.detail, '') as detail,
                truth.verdict,
                truth.subject_type,
                {SUBJECT_KEY} as subject_key,
                truth.owner,
                truth.ambiguous = '1' as is_ambiguous
            from truth_mismatches as truth
            {SUBJECT_SOURCE}
        )

        select
            coalesce(expected.rule_id, found.rule_id) as code,
            coalesce(expected.detail, found.detail) as detail,
            coalesce(expected.verdict, found.verdict) as verdict,
            coalesce(expected.subject_type, found.subject_type) as subject_type,
            coalesce(expected.subject_key, found.subject_key) as subject_key,
            coalesce(expected.owner, found.owner) as owner,
            expected.rule_id is not null as is_expected,
            found.rule_id is not null as is_found,
            coalesce(expected.is_ambiguous, false) as is_ambiguous,
            found.actual,
            found.evidence
        from expected
        full join publication.masked.mismatches as found
            on expected.rule_id = found.rule_id
            and expected.detail = coalesce(found.detail, '')
            and expected.verdict = found.verdict
            and expected.subject_type = found.subject_type
            and expected.subject_key = found.subject_key
            and expected.owner = found.owner
        """
    )


def _pair_indicators(con: Connection) -> None:
    con.execute(
        """
        create temp table indicator_pairs as
        select
            coalesce(expected.indicator, found.indicator) as indicator,
            coalesce(expected.area, found.area_code) as area,
            try_cast(expected.numerator as bigint) as expected_numerator,
            cast(found.numerator as bigint) as found_numerator,
            try_cast(expected.denominator as bigint) as expected_denominator,
            cast(found.denominator as bigint) as found_denominator,
            expected.indicator is null
            or found.indicator is null
            or expected_numerator is distinct from found_numerator
            or expected_denominator is distinct from found_denominator as is_different
        from truth_indicators as expected
        full join (select * from publication.masked.indicators where status = 'ok') as found
            on expected.indicator = found.indicator
            and expected.area = found.area_code
            and expected.as_of = cast(found.as_of as varchar)
        """
    )


def _not_run(con: Connection) -> dict[str, str]:
    """Rules about which the comparison says nothing, and why."""
    sql = "select rule_id, reason from publication.masked.rule_status where status = 'not_run' order by rule_id"
    return dict(con.execute(sql).fetchall())


def _counted(con: Connection, pairs: str) -> dict[str, dict[str, Any]]:
    """Expected, found, recall and precision per code; truly ambiguous cases are counted apart."""
    rows = con.execute(
        f"""
        select
            code,
            count(*) filter (is_expected and not is_ambiguous) as expected,
            count(*) filter (is_found and not is_ambiguous) as found,
            count(*) filter (is_expected and is_found and not is_ambiguous) as both_sides,
            count(*) filter (is_ambiguous) as ambiguous
        from {pairs}
        group by code
        order by code
        """
    ).fetchall()
    return {
        code: {
            "expected": expected,
            "found": found,
            "recall": both / expected if expected else None,
            "precision": both / found if found else None,
        }
        | ({"ambiguous": ambiguous} if ambiguous else {})
        for code, expected, found, both, ambiguous in rows
    }


def _links(con: Connection) -> dict[str, int]:
    row = con.execute(
        """
        select
            count(*) filter (expected_key is not null) as expected_rows,
            count(*) filter (found_key is not null and found_key is distinct from expected_key) as wrong,
            count(*) filter (expected_key is not null and found_key is null) as missed,
            count(*) - count(distinct (file, place)) as ambiguous
        from link_pairs
        """
    ).fetchone()
    return dict(zip(("rows", "wrong", "missed", "ambiguous"), row or (0, 0, 0, 0), strict=True))


def _indicators(con: Connection) -> dict[str, int]:
    row = con.execute("select count(*), count(*) filter (is_different) from indicator_pairs").fetchone()
    return dict(zip(("compared", "different"), row or (0, 0), strict=True))


def _dicts(con: Connection, sql: str) -> list[dict[str, Any]]:
    cursor = con.execute(sql)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
