"""Corruptions of one row that any list can suffer, feed by feed.

Data in: the effects of odd ids, names, places and keys. Data out: kinds.
Not here: errors of content that only one sector can make.
"""

from __future__ import annotations

from simulator import kinds
from simulator.corruptions_ids import (
    born_before_2000,
    id_form,
    masked_id,
    name_spaced,
    numeric_id,
    other_id,
    other_name,
    rare_name,
    with_x,
    wrong_id,
)
from simulator.corruptions_keys import (
    head_id_numeric,
    no_key,
    number_blank,
    number_numeric,
    other_head,
    other_number,
    unknown_head,
)
from simulator.corruptions_places import (
    forgotten,
    other_village,
    rejected,
    repeated,
    repeated_otherwise,
    unknown_village,
    village_only,
    village_suffix,
)
from simulator.feed_names import APPRAISALS, DIBAO_FEED, EDUCATION, HOUSEHOLD_WATER, MEDICAL, RETROFITS
from simulator.kinds import Kind

_PERSON_FEEDS = (MEDICAL, EDUCATION, DIBAO_FEED)

_HOUSEHOLD_FEEDS = (APPRAISALS, RETROFITS, HOUSEHOLD_WATER)


def _person_kinds(feed: str) -> list[Kind]:
    who = kinds.listed_in(feed)
    short = feed.split("/")[0] if feed != DIBAO_FEED else "dibao"
    lost = "行未找到"
    found = [
        Kind(f"{short}_id_numeric", feed, "person", who, numeric_id(feed), f"R_ID_NUMERIC; {lost}", rejects=1),
        Kind(f"{short}_id_masked", feed, "person", who, masked_id(feed), f"R_ID_MASKED; {lost}", rejects=1),
        Kind(f"{short}_id_blank", feed, "person", who, rejected(feed, "R_REQUIRED_BLANK", id_no=""), lost, rejects=1),
        Kind(f"{short}_name_blank", feed, "person", who, rejected(feed, "R_REQUIRED_BLANK", name=""), lost, rejects=1),
        Kind(
            f"{short}_name_digit", feed, "person", who, rejected(feed, "R_NAME_INVALID", name="测甲1"), lost, rejects=1
        ),
        Kind(f"{short}_id_check", feed, "person", who, wrong_id(feed), "W_ID_CHECK; R006 id_differs", weight=2),
        Kind(
            f"{short}_id_full_width", feed, "person", who, id_form(feed, "W_ID_CLEANED", "full_width"), "W_ID_CLEANED"
        ),
        Kind(f"{short}_id_spaced", feed, "person", who, id_form(feed, "W_ID_CLEANED", "spaced"), "W_ID_CLEANED"),
        Kind(f"{short}_id_lower", feed, "person", with_x(who), id_form(feed, "W_ID_CLEANED", "lower"), "W_ID_CLEANED"),
        Kind(f"{short}_id_guarded", feed, "person", who, id_form(feed, "W_TEXT_GUARD", "guarded"), "W_TEXT_GUARD"),
        Kind(f"{short}_id_cert", feed, "person", who, id_form(feed, "W_ID_CERT", "certificate"), "W_ID_CERT"),
        Kind(f"{short}_id_other", feed, "person", who, other_id(feed, None, "610099"), "R006 id_differs"),
        Kind(f"{short}_id_division", feed, "person", who, other_id(feed, "W_ID_DIVISION", "99"), "W_ID_DIVISION"),
        Kind(f"{short}_name_rare", feed, "person", who, rare_name(feed), "W_NAME_RARE; R001, R006"),
        Kind(f"{short}_village_unknown", feed, "person", who, unknown_village(feed), "area unknown", rejects=1),
        Kind(f"{short}_name_form", feed, "person", who, name_spaced(feed), "W_NAME_CLEANED"),
        Kind(f"{short}_name_other", feed, "person", who, other_name(feed), "R001 name, R006 name_differs", weight=2),
        Kind(f"{short}_village_other", feed, "person", who, other_village(feed, of_person=True), "R001 village"),
        Kind(f"{short}village_only", feed, "person", who, village_only(feed), "W_AREA_NAME"),
        Kind(f"{short}village_suffix", feed, "person", who, village_suffix(feed), "nothing"),
    ]
    if feed != EDUCATION:
        old = born_before_2000(who)
        found.append(Kind(f"{short}_id_15", feed, "person", old, id_form(feed, "W_ID_15", "short"), "W_ID_15"))
    if feed != DIBAO_FEED:
        found.append(Kind(f"{short}_row_repeated", feed, "person", who, repeated(feed), "W_DUP_ROW"))
        found.append(Kind(f"{short}_row_forgotten", feed, "person", who, forgotten(feed), "R006 missing", weight=2))
    return found


def _household_kinds(feed: str) -> list[Kind]:
    short = {APPRAISALS: "house", RETROFITS: "project", HOUSEHOLD_WATER: "water"}[feed]
    who = {APPRAISALS: kinds.sound_homes, RETROFITS: kinds.paid_projects, HOUSEHOLD_WATER: kinds.every_home}[feed]
    found = [
        Kind(f"{short}_head_other", feed, "household", who, other_head(feed), "R001 head_name, R006 name_differs"),
        Kind(f"{short}_village_other", feed, "household", who, other_village(feed, of_person=False), "R001 village"),
        Kind(f"{short}_number_other", feed, "household", who, other_number(feed), "R001 hh_no"),
        Kind(f"{short}number_blank", feed, "household", who, number_blank(feed), "nothing: the head links"),
        Kind(f"{short}number_numeric", feed, "household", who, number_numeric(feed), "W_NUMERIC_TEXT"),
        Kind(f"{short}head_id_numeric", feed, "household", who, head_id_numeric(feed), "W_VALUE_DROPPED"),
        Kind(f"{short}village_only", feed, "household", who, village_only(feed), "W_AREA_NAME"),
        Kind(f"{short}_row_repeated", feed, "household", who, repeated(feed), "W_DUP_ROW"),
    ]
    if feed == RETROFITS:
        return found
    return [
        *found,
        Kind(
            f"{short}_village_unknown", feed, "household", who, unknown_village(feed), "dropped or rejected", rejects=1
        ),
        Kind(f"{short}no_key", feed, "household", who, no_key(feed), "R_KEY_MISSING; R006 missing", rejects=1),
        Kind(f"{short}_head_unknown", feed, "household", who, unknown_head(feed), "W_ID_CHECK; R006 id_differs"),
        Kind(f"{short}_row_forgotten", feed, "household", who, forgotten(feed), "R006 missing", weight=2),
    ]


ROW_KINDS: tuple[Kind, ...] = (
    *(kind for feed in _PERSON_FEEDS for kind in _person_kinds(feed)),
    *(kind for feed in _HOUSEHOLD_FEEDS for kind in _household_kinds(feed)),
    Kind(
        "medical_key_repeated",
        MEDICAL,
        "person",
        kinds.insured,
        repeated_otherwise(MEDICAL, "other_place", "测试省外市"),
        "2 × R_DUP_KEY; R006 dup_key and missing",
        rejects=2,
    ),
    Kind(
        "education_key_repeated",
        EDUCATION,
        "person",
        kinds.pupils,
        repeated_otherwise(EDUCATION, "guardian_name", "测监护"),
        "2 × R_DUP_KEY; R006 dup_key and missing",
        rejects=2,
    ),
    Kind(
        "dibao_key_repeated",
        DIBAO_FEED,
        "person",
        kinds.single_cases,
        repeated_otherwise(DIBAO_FEED, "monthly_amt", "190.00"),
        "2 × R_DUP_KEY; R006 dup_key",
        rejects=2,
    ),
    Kind(
        "house_key_repeated",
        APPRAISALS,
        "household",
        kinds.sound_homes,
        repeated_otherwise(APPRAISALS, "appraiser", "另一鉴定所"),
        "2 × R_DUP_KEY; R006 dup_key and missing",
        rejects=2,
    ),
    Kind(
        "water_key_repeated",
        HOUSEHOLD_WATER,
        "household",
        kinds.every_home,
        repeated_otherwise(HOUSEHOLD_WATER, "final", "未评定"),
        "2 × R_DUP_KEY; R006 dup_key and missing",
        rejects=2,
    ),
)
