"""Corruptions of one row that any list can suffer: ids, names, places, repeated or forgotten rows.

Data in: the world. Data out: kinds, one per feed and way of going wrong.
Not here: errors of content that only one sector can make.
"""

from __future__ import annotations

import numpy as np

from simulator import kinds
from simulator.effects import BUCKETED, OWNERS, lose, not_listed
from simulator.household_feeds import APPRAISALS, HOUSEHOLD_WATER, RETROFITS
from simulator.ids import SEQUENCES, check_characters, day_number, id_numbers
from simulator.kinds import Apply, Candidates, Kind, misspelt, move, other_village, row_of, wrong_check
from simulator.person_feeds import DIBAO_FEED, EDUCATION, MEDICAL
from simulator.tables import NumberCell
from simulator.world import World

_PERSON_FEEDS = (MEDICAL, EDUCATION, DIBAO_FEED)
_HOUSEHOLD_FEEDS = (APPRAISALS, RETROFITS, HOUSEHOLD_WATER)
_FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
_AREA_NEEDED = (DIBAO_FEED, HOUSEHOLD_WATER)
_UNUSED_DAY = day_number("1905-01-01")
"""Nobody in the county is that old, so numbers of those days belong to nobody."""
_SHORT_HEAD, _SHORT_TAIL = 6, 17


def _rejected(feed: str, code: str, **cells: str) -> Apply:
    """The row cannot be read for the given cells: the subject is not found in this feed."""

    def apply(world: World, subject: int, rng: np.random.Generator) -> None:
        del rng
        rid = row_of(world, feed, subject)
        world.table(feed).set(rid, **cells)
        world.table(feed).code(rid, code)
        lose(world, feed, subject)
        not_listed(world, feed, subject)

    return apply


def _numeric_id(feed: str) -> Apply:
    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        rid = row_of(world, feed, person)
        world.table(feed).set(rid, id_no=NumberCell(world.register.people.id_no(person)[:17] + "0"))
        world.table(feed).code(rid, "R_ID_NUMERIC")
        lose(world, feed, person)
        not_listed(world, feed, person)

    return apply


def _masked_id(feed: str) -> Apply:
    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        rid, id_no = row_of(world, feed, person), world.register.people.id_no(person)
        world.table(feed).set(rid, id_no=f"{id_no[:10]}****{id_no[14:]}")
        world.table(feed).code(rid, "R_ID_MASKED")
        lose(world, feed, person)
        not_listed(world, feed, person)

    return apply


def _wrong_id(feed: str) -> Apply:
    """A check digit that does not fit: the row stays, but only name and village speak for the person."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        table, rid = world.table(feed), row_of(world, feed, person)
        bad = wrong_check(world.register.people.id_no(person))
        table.set(rid, id_no=bad)
        if "student_no" in table.columns and table.get(rid, "student_no"):
            table.set(rid, student_no=f"G{bad}")
        table.code(rid, "W_ID_CHECK")
        table.unlink(rid)
        lose(world, feed, person)
        if feed == DIBAO_FEED:
            world.facts.dibao_outside[table.village_of(rid)] += 1
        world.facts.record_finding("R006", f"{feed}.id_differs", feed, rid)

    return apply


def _other_id(feed: str, code: str | None, division: str) -> Apply:
    """A number that is right in itself but is not this person's: only name and village speak for the person."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        table, rid = world.table(feed), row_of(world, feed, person)
        (unused,) = id_numbers(
            np.array([_UNUSED_DAY + person // SEQUENCES]), np.array([person % SEQUENCES])
        ).to_pylist()
        body = int(division + unused[len(division) : _SHORT_TAIL])
        id_no = f"{body}{check_characters(np.array([body]))[0].as_py()}"
        table.set(rid, id_no=id_no)
        if "student_no" in table.columns and table.get(rid, "student_no"):
            table.set(rid, student_no=f"G{id_no}")
        if code:
            table.code(rid, code)
        table.unlink(rid)
        lose(world, feed, person)
        if feed == DIBAO_FEED:
            world.facts.dibao_outside[table.village_of(rid)] += 1
        world.facts.record_finding("R006", f"{feed}.id_differs", feed, rid)
        if feed == MEDICAL and table.get(rid, "ins_state") == "代缴":
            world.facts.record_finding("R087", "not_in_register", feed, rid)

    return apply


def _id_form(feed: str, code: str, form: str) -> Apply:
    """The id is written oddly but can be read: nothing follows but the warning."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        id_no = world.register.people.id_no(person)
        forms = {
            "full_width": id_no.translate(_FULL_WIDTH),
            "spaced": f" {id_no[:6]} {id_no[6:14]} {id_no[14:]}",
            "lower": id_no.lower(),
            "short": id_no[:_SHORT_HEAD] + id_no[_SHORT_HEAD + 2 : _SHORT_TAIL],
            "certificate": id_no + "42",
            "guarded": f"'{id_no}",
        }
        rid = row_of(world, feed, person)
        world.table(feed).set(rid, id_no=forms[form])
        world.table(feed).code(rid, code)

    return apply


def _with_x(candidates: Candidates) -> Candidates:
    return lambda world: np.array(
        [p for p in candidates(world)[:20_000] if world.register.people.id_no(int(p)).endswith("X")], dtype=np.int64
    )


def _born_before_2000(candidates: Candidates) -> Candidates:
    def old(world: World) -> kinds.IntArray:
        people = candidates(world)
        return np.asarray(people[world.register.people.birth[people] < 10_957])  # noqa: PLR2004 -- 1 January 2000

    return old


def _name_spaced(feed: str) -> Apply:
    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        rid, name = row_of(world, feed, person), world.register.people.name(person)
        odd = name.replace("·", ".") if "·" in name else f"{name[0]} {name[1:]}"
        if rng.random() < 0.3:  # noqa: PLR2004 -- a share, not a rule
            odd = f"{name}（户主）"
        world.table(feed).set(rid, name=odd)
        world.table(feed).code(rid, "W_NAME_CLEANED")

    return apply


def _other_name(feed: str) -> Apply:
    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        people = world.register.people
        world.table(feed).set(row_of(world, feed, person), name=misspelt(people.name(person)))
        world.facts.person_finding("R001", f"{feed}.name", people.id_no(person), OWNERS[feed])
        world.facts.person_finding("R006", f"{feed}.name_differs", people.id_no(person), OWNERS[feed])

    return apply


def _rare_name(feed: str) -> Apply:
    """A character that no font holds: the name no longer agrees with the register."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        people, rid = world.register.people, row_of(world, feed, person)
        world.table(feed).set(rid, name=people.name(person)[:-1] + "□")
        world.table(feed).code(rid, "W_NAME_RARE")
        world.facts.person_finding("R001", f"{feed}.name", people.id_no(person), OWNERS[feed])
        world.facts.person_finding("R006", f"{feed}.name_differs", people.id_no(person), OWNERS[feed])

    return apply


def _unknown_village(feed: str) -> Apply:
    """A village nobody knows: fatal where the feed needs the area, dropped elsewhere."""

    def apply(world: World, subject: int, rng: np.random.Generator) -> None:
        del rng
        table, rid = world.table(feed), row_of(world, feed, subject)
        table.set(rid, village="丁家村")
        if "village_code" in table.columns:
            table.set(rid, village_code="")
        if feed not in _AREA_NEEDED:
            table.code(rid, "W_VALUE_DROPPED")
            return
        table.code(rid, "R_AREA_UNKNOWN")
        lose(world, feed, subject)
        not_listed(world, feed, subject)

    return apply


def _other_village(feed: str, *, of_person: bool) -> Apply:
    def apply(world: World, subject: int, rng: np.random.Generator) -> None:
        del rng
        table, rid = world.table(feed), row_of(world, feed, subject)
        move(world, table, rid, other_village(world, rid, table))
        if of_person:
            world.facts.person_finding("R001", f"{feed}.village", world.register.people.id_no(subject), OWNERS[feed])
        else:
            number = world.register.households.number(subject)
            world.facts.household_finding("R001", f"{feed}.village", number, OWNERS[feed])

    return apply


def _village_only(feed: str) -> Apply:
    def apply(world: World, subject: int, rng: np.random.Generator) -> None:
        del rng
        table, rid = world.table(feed), row_of(world, feed, subject)
        blank = {name: "" for name in ("township", "village_code") if name in table.columns}
        table.set(rid, **blank)
        table.code(rid, "W_AREA_NAME")

    return apply


def _village_suffix(feed: str) -> Apply:
    def apply(world: World, subject: int, rng: np.random.Generator) -> None:
        del rng
        table, rid = world.table(feed), row_of(world, feed, subject)
        table.set(rid, village=table.get(rid, "village").removesuffix("村") + "村民委员会")

    return apply


def _repeated(feed: str) -> Apply:
    def apply(world: World, subject: int, rng: np.random.Generator) -> None:
        del rng
        table, rid = world.table(feed), row_of(world, feed, subject)
        table.code(table.copy(rid), "W_DUP_ROW")

    return apply


def _repeated_otherwise(feed: str, column: str, word: str) -> Apply:
    """Two rows with one key and different content: both are sent back."""

    def apply(world: World, subject: int, rng: np.random.Generator) -> None:
        del rng
        table, rid = world.table(feed), row_of(world, feed, subject)
        if feed == DIBAO_FEED:
            table.set(rid, covered_count="", hh_amt="")
        twin = table.copy(rid)
        table.set(twin, **{column: word})
        for row in (rid, twin):
            table.code(row, "R_DUP_KEY")
            world.facts.record_finding("R006", f"{feed}.dup_key", feed, row)
        lose(world, feed, subject)
        not_listed(world, feed, subject)

    return apply


def _forgotten(feed: str) -> Apply:
    def apply(world: World, subject: int, rng: np.random.Generator) -> None:
        del rng
        world.table(feed).drop(row_of(world, feed, subject))
        lose(world, feed, subject)
        not_listed(world, feed, subject)

    return apply


def _person_kinds(feed: str) -> list[Kind]:
    who = kinds.listed_in(feed)
    short = feed.split("/")[0] if feed != DIBAO_FEED else "dibao"
    lost = "行未找到"
    found = [
        Kind(f"{short}_id_numeric", feed, "person", who, _numeric_id(feed), f"R_ID_NUMERIC; {lost}", rejects=1),
        Kind(f"{short}_id_masked", feed, "person", who, _masked_id(feed), f"R_ID_MASKED; {lost}", rejects=1),
        Kind(f"{short}_id_blank", feed, "person", who, _rejected(feed, "R_REQUIRED_BLANK", id_no=""), lost, rejects=1),
        Kind(f"{short}_name_blank", feed, "person", who, _rejected(feed, "R_REQUIRED_BLANK", name=""), lost, rejects=1),
        Kind(
            f"{short}_name_digit", feed, "person", who, _rejected(feed, "R_NAME_INVALID", name="测甲1"), lost, rejects=1
        ),
        Kind(f"{short}_id_check", feed, "person", who, _wrong_id(feed), "W_ID_CHECK; R006 id_differs", weight=2),
        Kind(
            f"{short}_id_full_width", feed, "person", who, _id_form(feed, "W_ID_CLEANED", "full_width"), "W_ID_CLEANED"
        ),
        Kind(f"{short}_id_spaced", feed, "person", who, _id_form(feed, "W_ID_CLEANED", "spaced"), "W_ID_CLEANED"),
        Kind(
            f"{short}_id_lower", feed, "person", _with_x(who), _id_form(feed, "W_ID_CLEANED", "lower"), "W_ID_CLEANED"
        ),
        Kind(f"{short}_id_guarded", feed, "person", who, _id_form(feed, "W_TEXT_GUARD", "guarded"), "W_TEXT_GUARD"),
        Kind(f"{short}_id_cert", feed, "person", who, _id_form(feed, "W_ID_CERT", "certificate"), "W_ID_CERT"),
        Kind(f"{short}_id_other", feed, "person", who, _other_id(feed, None, "610099"), "R006 id_differs"),
        Kind(f"{short}_id_division", feed, "person", who, _other_id(feed, "W_ID_DIVISION", "99"), "W_ID_DIVISION"),
        Kind(f"{short}_name_rare", feed, "person", who, _rare_name(feed), "W_NAME_RARE; R001, R006"),
        Kind(f"{short}_village_unknown", feed, "person", who, _unknown_village(feed), "area unknown", rejects=1),
        Kind(f"{short}_name_form", feed, "person", who, _name_spaced(feed), "W_NAME_CLEANED"),
        Kind(f"{short}_name_other", feed, "person", who, _other_name(feed), "R001 name, R006 name_differs", weight=2),
        Kind(f"{short}_village_other", feed, "person", who, _other_village(feed, of_person=True), "R001 village"),
        Kind(f"{short}_village_only", feed, "person", who, _village_only(feed), "W_AREA_NAME"),
        Kind(f"{short}_village_suffix", feed, "person", who, _village_suffix(feed), "nothing"),
    ]
    if feed != EDUCATION:
        old = _born_before_2000(who)
        found.append(Kind(f"{short}_id_15", feed, "person", old, _id_form(feed, "W_ID_15", "short"), "W_ID_15"))
    if feed != DIBAO_FEED:
        found.append(Kind(f"{short}_row_repeated", feed, "person", who, _repeated(feed), "W_DUP_ROW"))
        found.append(Kind(f"{short}_row_forgotten", feed, "person", who, _forgotten(feed), "R006 missing", weight=2))
    return found


def _other_head(feed: str) -> Apply:
    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        reg = world.register
        table, rid = world.table(feed), row_of(world, feed, household)
        table.set(rid, head_name=misspelt(reg.people.name(int(reg.households.start[household]))))
        number = reg.households.number(household)
        world.facts.household_finding("R001", f"{feed}.head_name", number, OWNERS[feed])
        if feed in BUCKETED:
            world.facts.household_finding("R006", f"{feed}.name_differs", number, OWNERS[feed])

    return apply


def _other_number(feed: str) -> Apply:
    """A household number of nobody: the head's id still finds the household."""

    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        number = world.register.households.number(household)
        world.table(feed).set(row_of(world, feed, household), hh_no="6" + number[1:])
        world.facts.household_finding("R001", f"{feed}.hh_no", number, OWNERS[feed])

    return apply


def _number_blank(feed: str) -> Apply:
    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        world.table(feed).set(row_of(world, feed, household), hh_no="")

    return apply


def _number_numeric(feed: str) -> Apply:
    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        rid = row_of(world, feed, household)
        world.table(feed).set(rid, hh_no=NumberCell(world.register.households.number(household)))
        world.table(feed).code(rid, "W_NUMERIC_TEXT")

    return apply


def _head_id_numeric(feed: str) -> Apply:
    """The head's id is not the row's key here: it is dropped, the household number still links."""

    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        rid, head = row_of(world, feed, household), int(world.register.households.start[household])
        world.table(feed).set(rid, head_id_no=NumberCell(world.register.people.id_no(head)[:17] + "0"))
        world.table(feed).code(rid, "W_VALUE_DROPPED")

    return apply


def _no_key(feed: str) -> Apply:
    return _rejected(feed, "R_KEY_MISSING", hh_no="", head_id_no="")


def _unknown_head(feed: str) -> Apply:
    """No household number and a head id that does not check: only name and village speak for the household."""

    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        table, rid = world.table(feed), row_of(world, feed, household)
        head = int(world.register.households.start[household])
        table.set(rid, hh_no="", head_id_no=wrong_check(world.register.people.id_no(head)))
        table.code(rid, "W_ID_CHECK")
        table.unlink(rid)
        lose(world, feed, household)
        world.facts.record_finding("R006", f"{feed}.id_differs", feed, rid)

    return apply


def _household_kinds(feed: str) -> list[Kind]:
    short = {APPRAISALS: "house", RETROFITS: "project", HOUSEHOLD_WATER: "water"}[feed]
    who = {APPRAISALS: kinds.sound_homes, RETROFITS: kinds.paid_projects, HOUSEHOLD_WATER: kinds.every_home}[feed]
    found = [
        Kind(f"{short}_head_other", feed, "household", who, _other_head(feed), "R001 head_name, R006 name_differs"),
        Kind(f"{short}_village_other", feed, "household", who, _other_village(feed, of_person=False), "R001 village"),
        Kind(f"{short}_number_other", feed, "household", who, _other_number(feed), "R001 hh_no"),
        Kind(f"{short}_number_blank", feed, "household", who, _number_blank(feed), "nothing: the head links"),
        Kind(f"{short}_number_numeric", feed, "household", who, _number_numeric(feed), "W_NUMERIC_TEXT"),
        Kind(f"{short}_head_id_numeric", feed, "household", who, _head_id_numeric(feed), "W_VALUE_DROPPED"),
        Kind(f"{short}_village_only", feed, "household", who, _village_only(feed), "W_AREA_NAME"),
        Kind(f"{short}_row_repeated", feed, "household", who, _repeated(feed), "W_DUP_ROW"),
    ]
    if feed == RETROFITS:
        return found
    return [
        *found,
        Kind(
            f"{short}_village_unknown", feed, "household", who, _unknown_village(feed), "dropped or rejected", rejects=1
        ),
        Kind(f"{short}_no_key", feed, "household", who, _no_key(feed), "R_KEY_MISSING; R006 missing", rejects=1),
        Kind(f"{short}_head_unknown", feed, "household", who, _unknown_head(feed), "W_ID_CHECK; R006 id_differs"),
        Kind(f"{short}_row_forgotten", feed, "household", who, _forgotten(feed), "R006 missing", weight=2),
    ]


ROW_KINDS: tuple[Kind, ...] = (
    *(kind for feed in _PERSON_FEEDS for kind in _person_kinds(feed)),
    *(kind for feed in _HOUSEHOLD_FEEDS for kind in _household_kinds(feed)),
    Kind(
        "medical_key_repeated",
        MEDICAL,
        "person",
        kinds.insured,
        _repeated_otherwise(MEDICAL, "other_place", "测试省外市"),
        "2 × R_DUP_KEY; R006 dup_key and missing",
        rejects=2,
    ),
    Kind(
        "education_key_repeated",
        EDUCATION,
        "person",
        kinds.pupils,
        _repeated_otherwise(EDUCATION, "guardian_name", "测监护"),
        "2 × R_DUP_KEY; R006 dup_key and missing",
        rejects=2,
    ),
    Kind(
        "dibao_key_repeated",
        DIBAO_FEED,
        "person",
        kinds.single_cases,
        _repeated_otherwise(DIBAO_FEED, "monthly_amt", "190.00"),
        "2 × R_DUP_KEY; R006 dup_key",
        rejects=2,
    ),
    Kind(
        "house_key_repeated",
        APPRAISALS,
        "household",
        kinds.sound_homes,
        _repeated_otherwise(APPRAISALS, "appraiser", "另一鉴定所"),
        "2 × R_DUP_KEY; R006 dup_key and missing",
        rejects=2,
    ),
    Kind(
        "water_key_repeated",
        HOUSEHOLD_WATER,
        "household",
        kinds.every_home,
        _repeated_otherwise(HOUSEHOLD_WATER, "final", "未评定"),
        "2 × R_DUP_KEY; R006 dup_key and missing",
        rejects=2,
    ),
)
