"""What a department reads of each of its issues, as cells of text, with the check token that a reply has to repeat.

Data in: ``issue_state``, a publication's full tables, the warehouse's raw rows. Data out: the temporary table
``pushed_lines``, one row per open issue. No identity number is among the cells: the department finds the person by the
place in its own file; what it may see of others is the allow-list's business (pipeline/ledger/disclosure.py).
Not here: files (workbooks.py).
"""

from __future__ import annotations

from connectors.contract import Column, Feed, feeds, load_feed
from connectors.intake.replies import TOKEN_FIELDS, TOKEN_LENGTH
from connectors.warehouse import Connection
from pipeline.ledger.disclosure import Sides, sides_of

_VALUE_LENGTH, _PROBLEM_LENGTH = 200, 480
_SKIPPED_TYPES = ("id", "area", "hhno")
_MOST_OWN_COLUMNS = 10
_SEVERITIES = {"critical": "严重", "major": "较重"}
_VERDICTS = {"unknown": "(未知)", "warn": "(预警)"}


def make_lines(con: Connection, published: str, warehouse: str) -> None:
    """Make ``pushed_lines``; ``published`` is a schema of the full publication."""
    _load_sides(con)
    _load_places(con, published)
    _load_own_rows(con, warehouse)
    problem = (
        "i.title || " + _case("i.verdict", _VERDICTS, "''")
        + " || case when s.requirement and i.expected <> '' then ':应为「' || i.expected || '」' else '' end"
    )  # fmt: skip
    con.execute(
        f"""
        create or replace temp table pushed_lines as
        with said as (
            select
                i.issue_id,
                i.owner,
                i.rule_id,
                {_cell(problem, _PROBLEM_LENGTH)} as problem,
                i.detail as attr,
                case when length(i.area_code) = 12 then i.area_code end as village_code,
                p.township,
                p.village,
                coalesce(person.hh_no, household.hh_no) as hh_no,
                household.head_name,
                person.name,
                null::varchar as id_no,
                {_cell(_value("sector_from"))} as sector_value,
                {_cell(_value("register_from"))} as register_value,
                case when s.difference and i.owner = i.found_owner then {_cell("i.difference")} end as difference,
                i.found_on,
                i.due_on,
                i.owner_person,
                {_case("i.severity", _SEVERITIES, "'一般'")} as level,
                case i.severity when 'critical' then 0 when 'major' then 1 else 2 end as rank,
                case i.verdict when 'fail' then 0 when 'unknown' then 1 else 2 end as verdict_rank,
                i.area_code,
                case
                    when person.name is not null
                        then person.name || '(' || coalesce(person.id_masked, '无证件号') || ')'
                    when household.head_name is not null
                        then household.head_name || '户(' || coalesce(household.hh_no, '无户编号') || ')'
                    else i.subject_label
                end as subject,
                o.file_name, o.sheet, o.row_no, o.own_row
            from issue_state as i
            left join sides as s
                on i.rule_id = s.rule_id and i.detail = s.detail and i.found_owner = s.found_owner
            left join {published}.one_table_person as person
                on person.person_uid = case when i.subject_type = 'person' then i.subject_key end
            left join {published}.one_table_household as household
                on household.household_key = case when i.subject_type = 'household' then i.subject_key end
            left join place_names as p on left(i.area_code, 12) = p.area_code
            left join own_rows as o on i.issue_id = o.issue_id
            where i.is_open
        )
        select *, left(sha256({_token_text()}), {TOKEN_LENGTH}) as token from said
        """
    )


def _value(column: str) -> str:
    """A side's value, for the department that the rule names only: after a transfer values stay with the first."""
    return (
        f"case when i.owner <> i.found_owner then null when s.{column} = 'actual' then i.actual"
        f" when s.{column} = 'expected' then i.expected end"
    )


def _cell(expression: str, length: int = _VALUE_LENGTH) -> str:
    """Text that survives a spreadsheet program: one line, no blanks at its ends, not too long."""
    return f"nullif(left(trim(regexp_replace({expression}, '\\s+', ' ', 'g')), {length}), '')"


def _case(column: str, words: dict[str, str], other: str) -> str:
    whens = " ".join(f"when '{key}' then '{word}'" for key, word in words.items())
    return f"case {column} {whens} else {other} end"


def _token_text() -> str:
    return " || '|' || ".join(f"coalesce({name}, '')" for name in TOKEN_FIELDS)


def _load_sides(con: Connection) -> None:
    """The allow-list for every kind of issue there is."""
    con.execute(
        "create or replace temp table sides (rule_id varchar, detail varchar, found_owner varchar, sector_from varchar,"
        " register_from varchar, requirement boolean, difference boolean)"
    )
    kinds = con.execute("select distinct rule_id, detail, found_owner from issue_state where is_open").fetchall()
    rows = [[*kind, *_sides_row(sides_of(kind[0], kind[1] or "", kind[2]))] for kind in kinds]
    if rows:
        con.executemany("insert into sides values (?, ?, ?, ?, ?, ?, ?)", rows)


def _sides_row(sides: Sides) -> list[object]:
    return [sides.sector, sides.register, sides.requirement, sides.difference]


def _load_places(con: Connection, published: str) -> None:
    """Township and village of each area code; one without a name shows its code."""
    table = f"{published}.one_table_village"
    known = {name for (name,) in con.execute(f"select column_name from (describe {table})").fetchall()}
    village = "village_name" if "village_name" in known else "area_name"
    township = "township_name" if "township_name" in known else "township_code"
    con.execute(
        f"""
        create or replace temp table place_names as
        select
            area_code,
            coalesce({township}, left(area_code, 9)) as township,
            coalesce({village}, area_code) as village
        from {table}
        union all
        select left(area_code, 9), coalesce(min({township}), left(area_code, 9)), null
        from {table} group by left(area_code, 9)
        """
    )


def _load_own_rows(con: Connection, warehouse: str) -> None:
    """File, sheet and row of the owner's own side, with what that row says; another's file is none of its business."""
    con.execute(
        f"""
        create or replace temp table own_places as
        with sides_told as (
            select issue_id, owner, evidence as told, 0 as side from issue_state where is_open
            union all
            select issue_id, owner, counter_evidence, 1 from issue_state where is_open
        ),
        placed as (
            select
                t.issue_id, s.submission_id, s.sector || '/' || s.entity as feed, s.file_name,
                regexp_extract(t.told, '#(.*)![^!]*$', 1) as sheet,
                regexp_extract(t.told, '!([^!]*)$', 1) as row_no,
                row_number() over (partition by t.issue_id order by t.side) as place
            from sides_told as t
            inner join {warehouse}.meta.submissions as s
                on split_part(t.told, '#', 1) = s.submission_id and t.owner = s.sector
        )
        select * exclude (place), try_cast(row_no as integer) as row_number from placed where place = 1
        """
    )
    names = [name for (name,) in con.execute("select distinct feed from own_places order by 1").fetchall()]
    parts = [_own_rows_of(load_feed(*name.split("/")), warehouse) for name in names]
    empty = "select issue_id, file_name, sheet, row_no, null::varchar as own_row from own_places where false"
    con.execute(f"create or replace temp table own_rows as {' union all '.join([empty, *parts])}")


def _own_rows_of(feed: Feed, warehouse: str) -> str:
    shown = [column for column in feed.columns if _is_shown(feed, column)][:_MOST_OWN_COLUMNS]
    text = ", ".join(_said(column) for column in shown) or "null"
    return f"""
        select o.issue_id, o.file_name, o.sheet, o.row_no, nullif(concat_ws('；', {text}), '') as own_row
        from own_places as o
        left join {warehouse}.raw.{feed.table} as r
            on o.submission_id = r.submission_id and o.sheet = r.sheet and o.row_number = r.row_no and r.sub_no = 0
        where o.feed = '{feed.name}'
        """


def _is_shown(feed: Feed, column: Column) -> bool:
    stored = {raw.name for raw in feed.raw_columns()}
    return (
        column.name in stored and not column.vaulted and column.type not in _SKIPPED_TYPES
        and column.group not in ("AREA", "BANK", "TAIL")
    )  # fmt: skip


def _said(column: Column) -> str:
    """``header：value`` in the department's own words; nothing for a blank cell."""
    value = f'r."{column.name}"'
    if column.codes is not None and not column.multi:
        pairs = " ".join(f"when '{code.code}' then '{code.word}'" for code in column.codes.codes)
        value = f"case {value} {pairs} else {value} end" if pairs else value
    if column.type == "yn":
        value = f"case {value} when '1' then '是' when '0' then '否' else {value} end"
    return f"'{column.header}：' || {value}"


def feed_titles() -> dict[str, str]:
    """Sector → the Chinese word for its department."""
    return {feed.sector: feed.department for feed in reversed(feeds())}
