"""The two sides of a doubtful identity, read from one night's candidate: people on the left, rows on the right.

Data in: a connection with the candidate and the warehouse attached, and the identity vault. Data out: the tables
``people``, ``rows``, ``row_facts`` and ``people_facts`` of that connection, scoped by feed.
A row is doubtful if no id links it although its id is not a valid one, or, in a list in which register people should
stand, although one of them whom it does not account for bears the row's name in the row's village. On the left stands
everybody whom the feed does not account for, by a row of the same sort, and who shares a block key with a doubtful row.
This module and what it calls are the only place where identifiers in clear leave the vault for a comparison: into an
in-memory connection, never into a file, a message or a log.
"""

from __future__ import annotations

from connectors.warehouse import Connection
from identity import vault
from identity.explain import person_of_sql
from identity.matching import prepare
from identity.model import Model
from identity.rosters import EVENT_FEEDS, PERSON_ROSTERS, ROSTERS, Roster

_EVIDENCE = "{0}.submission_id || '#' || {0}.sheet || '!' || {0}.row_no::varchar"
_PLACE = ("submission_id", "sheet", "row_no", "sub_no")
_SAME_ROW = " and ".join(f"{{0}}.{column} = {{1}}.{column}" for column in _PLACE)
_UNIQUE_ID = f"'{{feed}}|' || {_EVIDENCE} || '.' || {{0}}.sub_no::varchar"


def collect(con: Connection, candidate: str, year: int, model: Model) -> int:
    """Fill both sides; returns the number of doubtful rows.

    Args:
        con: an in-memory connection; the warehouse is attached as ``wh``, the vault as ``idvault``.
        candidate: the quoted name under which the candidate is attached.
        year: of the day the night is about.
        model: fields and blocks.
    """
    for roster in PERSON_ROSTERS:
        con.execute(f"create or replace table unsettled_{roster.table} as {_unsettled(candidate, roster, year)}")
    con.execute(f"create or replace table doubtful_rows as {' union all '.join(_rows(candidate, r) for r in ROSTERS)}")
    row = con.execute("select count(*) from doubtful_rows").fetchone()
    count = int(row[0]) if row else 0
    if count == 0:
        return 0
    con.execute(f"create or replace table known_ids as {_known_ids(candidate)}")
    con.execute(
        "create or replace table doubtful as select plain.* replace (known_ids.id_no as id)"
        " from doubtful_rows as plain left join known_ids on plain.written_key = known_ids.person_key"
    )
    con.execute(f"create or replace table people_facts as {_people(candidate)}")
    con.execute(f"create or replace table accounted as {_accounted(candidate)}")
    prepare(con, "select * from people_facts", "everybody", model)
    prepare(con, "select * from doubtful", "unscoped_rows", model)
    _scope(con, len(model.blocks))
    return count


def collect_links(con: Connection, candidate: str, model: Model) -> None:
    """Create ``linked_rows`` and ``links``: a fixed sample of the rows whose valid id says whose they are.

    They are those of the first roster that has enough of them: what other departments send, or do not send, changes
    no weight.
    """
    for roster in PERSON_ROSTERS:
        con.execute(f"create or replace table linked_facts as {_linked(candidate, roster, model)}")
        if con.execute("select count(*) from linked_facts").fetchall()[0][0] >= model.training["least_links"]:
            break
    prepare(con, "select * from linked_facts", "linked_rows", model)
    con.execute(
        "create or replace table links as select person_uid as left_id, unique_id as right_id from linked_facts"
    )


def drop_accounted(con: Connection) -> None:
    """Take from ``scored`` whom a row of the same sort accounts for: they stood there for rows of another one."""
    con.execute(
        f"""
        delete from scored using doubtful, accounted
        where scored.right_id = doubtful.unique_id
            and doubtful.scope = accounted.scope and doubtful.sort = accounted.sort
            and {person_of_sql("scored.left_id", "doubtful.scope")} = accounted.subject
        """
    )


def may_repeat(left_id: str) -> bool:
    """Whether several rows of the feed may be about the person; ``left_id`` begins with the feed."""
    return left_id.partition("|")[0] in EVENT_FEEDS


def _unsettled(candidate: str, roster: Roster, year: int) -> str:
    """Where the rows of a person feed stand whose id accounts for nobody of the register.

    A roster may hold the whole population: the namesakes are known from the (small) model of rows that may matter,
    the rest of the roster is looked at only where an id is not valid.
    """
    places = ", ".join(f"row.{column}" for column in _PLACE)
    linked = f"{candidate}.intermediate.{roster.linked}"
    namesake = "row.has_namesake" if roster.is_due else "false"
    return f"""
        select {places}, {roster.sort} as sort from {linked} as row
        where row.person_uid is null and ({namesake} or row.id_status <> 'valid')
        union
        select {places}, {roster.sort} as sort from {candidate}.staging.stg_{roster.table} as row
        where row.id_status <> 'valid' and {roster.condition.format(year=year)}
            and not exists (
                select 1 from {linked} as linked
                where linked.person_uid is not null and {_SAME_ROW.format("linked", "row")}
            )
        """


def _rows(candidate: str, roster: Roster) -> str:
    return _doubtful_households(candidate, roster) if roster.is_of_households else _doubtful_people(roster)


def _doubtful_people(roster: Roster) -> str:
    """The unsettled rows of a person feed, as sent; one for all that say the same, since one decision meets them."""
    return f"""
        select
            {_UNIQUE_ID.format("raw", feed=roster.feed)} as unique_id,
            '{roster.feed}' as scope, row.sort, {_EVIDENCE.format("raw")} as evidence, raw.row_key,
            raw.id_key, raw.id_key as written_key, raw.name as shown_name, raw.name_norm, raw.id_masked, raw.id_status,
            raw.village_code as area_code,
            raw.name, null::varchar as id, []::varchar[] as id_births,
            replace(raw.birth, '-', '') as birth, raw.village_code as village, {roster.hh_no} as hh_no,
            raw.sex
        from wh.raw.{roster.table} as raw
        inner join unsettled_{roster.table} as row on {_SAME_ROW.format("row", "raw")}
        qualify row_number() over (
            partition by coalesce(raw.id_key, 'R' || raw.row_key), raw.name_norm, raw.village_code
            order by raw.submission_id, raw.sheet, raw.row_no, raw.sub_no
        ) = 1
        """


def _known_ids(candidate: str) -> str:
    """The identifiers behind the tokens that are compared; the vault holds those of the whole population."""
    return f"""
        select person_key, min(id_no) as id_no from {vault.NAME}.ids
        where person_key in (
            select person_key from {candidate}.intermediate.int_register_persons where person_key is not null
            union
            select id_key from {candidate}.staging.stg_registry__persons where id_key is not null
            union
            select written_key from doubtful_rows where written_key is not null
        )
        group by person_key
        """


def _doubtful_households(candidate: str, roster: Roster) -> str:
    """Rows of a household feed that neither number nor head's id accounts for, one for each household."""
    return f"""
        select
            {_UNIQUE_ID.format("row", feed=roster.feed)} as unique_id,
            '{roster.feed}' as scope, {roster.sort} as sort, {_EVIDENCE.format("row")} as evidence, row.row_key,
            null::varchar as id_key, raw.head_id_key as written_key,
            row.head_name as shown_name, row.head_name_norm as name_norm,
            raw.head_id_masked as id_masked, coalesce(raw.head_id_status, 'missing') as id_status,
            row.village_code as area_code, row.head_name as name, null::varchar as id, []::varchar[] as id_births,
            null::varchar as birth, row.village_code as village, row.hh_no, null::varchar as sex
        from {candidate}.intermediate.{roster.linked} as row
        inner join wh.raw.{roster.table} as raw on {_SAME_ROW.format("row", "raw")}
        where not row.is_linked
            and (
                coalesce(raw.head_id_status, 'missing') <> 'valid'
                or raw.head_key in (
                    select person_key from {candidate}.intermediate.int_register_persons where person_key is not null
                )
                or exists (
                    select 1 from {candidate}.intermediate.int_register_households as household
                    where household.head_name_norm = row.head_name_norm and household.area_code = row.village_code
                )
            )
        qualify row_number() over (
            partition by row.household_key order by row.submission_id, row.sheet, row.row_no, row.sub_no
        ) = 1
        """


def _people(candidate: str) -> str:
    """The register's people, with the birth dates of the others of their household."""
    return f"""
        with damaged as (
            select 'R' || listed.row_key as person_uid, min(known_ids.id_no) as id_no
            from {candidate}.staging.stg_registry__persons as listed
            inner join known_ids on listed.id_key = known_ids.person_key
            where listed.person_key is null
            group by listed.row_key
        ),
        people as (
            select
                person.*, coalesce(ids.id_no, damaged.id_no) as id_no, strftime(person.birth_date, '%Y%m%d') as born,
                coalesce(person.relation = '01', false) as is_head
            from {candidate}.intermediate.int_register_persons as person
            left join known_ids as ids on person.person_key = ids.person_key
            left join damaged on person.person_uid = damaged.person_uid
        )
        select
            people.person_uid as unique_id, people.household_key, people.is_head, people.name as shown_name,
            people.id_masked, people.area_code, people.name, people.id_no as id,
            list_filter(list_distinct(household.births), x -> x <> people.born) as id_births,
            people.born as birth, people.area_code as village, people.hh_no, people.sex
        from people
        left join (
            select household_key, list(born order by born) as births from people where born is not null
            group by household_key
        ) as household on people.household_key = household.household_key
        """


def _accounted(candidate: str) -> str:
    """Who is already accounted for, by feed and sort; never by one row of many."""
    parts = []
    for roster in ROSTERS:
        if roster.holds_many:
            continue
        key, test = (
            ("household_key", "is_linked") if roster.is_of_households else ("person_uid", "person_uid is not null")
        )
        parts.append(
            f"select distinct '{roster.feed}' as scope, {roster.sort} as sort, {key} as subject"
            f" from {candidate}.intermediate.{roster.linked} as row where {test}"
        )
    return " union all ".join(parts)


def _linked(candidate: str, roster: Roster, model: Model) -> str:
    """A fixed sample of the linked rows of a person feed, as many as training counts at most."""
    places = ", ".join(f"linked.{column}" for column in _PLACE)
    unique_id = _UNIQUE_ID.format("linked", feed=roster.feed)
    return f"""
        with chosen as (
            select {places}, linked.person_uid, {unique_id} as unique_id
            from {candidate}.intermediate.{roster.linked} as linked where linked.person_uid is not null
            order by md5({unique_id}) limit {int(model.training["links"])}
        )
        select
            chosen.unique_id, chosen.person_uid, raw.name, null::varchar as id, []::varchar[] as id_births,
            replace(raw.birth, '-', '') as birth, raw.village_code as village, {roster.hh_no} as hh_no, raw.sex
        from wh.raw.{roster.table} as raw
        inner join chosen on {_SAME_ROW.format("chosen", "raw")}
        """


def _scope(con: Connection, blocks: int) -> None:
    """``rows`` and ``people`` with keys that begin with the feed, so that one run serves all of them."""
    scoped = ", ".join(f"doubtful.scope || '|' || plain.block_{place} as block_{place}" for place in range(blocks))
    names = ", ".join(f"block_{place}" for place in range(blocks))
    con.execute(
        f"create or replace table rows as select plain.* exclude ({names}), {scoped}"
        " from unscoped_rows as plain inner join doubtful on plain.unique_id = doubtful.unique_id"
    )
    meeting = " union ".join(
        f"select doubtful.scope, doubtful.sort, everybody.unique_id from everybody inner join unscoped_rows as plain"
        f" on everybody.block_{place} = plain.block_{place}"
        f" inner join doubtful on plain.unique_id = doubtful.unique_id"
        for place in range(blocks)
    )
    households = ", ".join(f"'{roster.feed}'" for roster in ROSTERS if roster.is_of_households)
    keyed = ", ".join(f"met.scope || '|' || everybody.block_{place} as block_{place}" for place in range(blocks))
    con.execute(
        f"""
        create or replace table people as
        with met as ({meeting})
        select distinct everybody.* exclude (unique_id, {names}),
            met.scope || '|' || met.unique_id as unique_id, {keyed}
        from met
        inner join everybody on met.unique_id = everybody.unique_id
        inner join people_facts as facts on met.unique_id = facts.unique_id
        left join accounted on met.scope = accounted.scope and met.sort = accounted.sort
            and accounted.subject =
                case when met.scope in ({households}) then facts.household_key else met.unique_id end
        where accounted.subject is null and (facts.is_head or met.scope not in ({households}))
        """
    )
