"""What an identity number is worth: one of six statuses, by one SQL expression over whole columns.

Data in: the text of a cell, as sent. Data out: SQL for its normal form, its 18-character number and its status.
``valid`` and ``repaired_form`` may link; ``damaged``, ``placeholder``, ``missing`` and ``foreign_document`` never do.
Not here: reading cells at intake (connectors/intake/cell_ids.py, held to the same answers by a test), and how a damaged
number may have come about (identity/settings.yaml).
"""

from __future__ import annotations

from enum import StrEnum

from connectors.intake.cell_ids import CHECK_DIGITS, PLACEHOLDERS, WEIGHTS
from connectors.sql_text import literals


class Status(StrEnum):
    """What may be done with the text of an identity column."""

    VALID = "valid"
    """A right number, written as it should be."""
    REPAIRED_FORM = "repaired_form"
    """A right number in another form: 15 digits, full width, spaces, a certificate that begins with it."""
    DAMAGED = "damaged"
    """Meant as a number of a person, but wrong: only a proposal can come of it."""
    PLACEHOLDER = "placeholder"
    """Typed to fill the cell."""
    MISSING = "missing"
    FOREIGN_DOCUMENT = "foreign_document"
    """A passport, a permit of Hong Kong, Macao or Taiwan, a residence card: right, but not to be joined on."""


JOINING = frozenset({Status.VALID, Status.REPAIRED_FORM})

_NOISE = r"[\s\p{Z}\p{Cf}\-‐‑–—''`’‘=\x22“”]"
_BLANK_WORDS = ("", "/", "\\", "NULL", "N/A", "NONE")
_PLACEHOLDER_WORDS = ("无", "暂无", "没有", "不详", "未知", "无证", "未办", "待补", "待核实", "无身份证", "未上户", "X")
_FOREIGN = (
    "[A-Z]{1,2}[0-9]{7,8}",  # passports
    "[HM][0-9]{8,10}",  # permits of residents of Hong Kong and Macao
    "[A-Z]{1,2}[0-9]{6}[(][0-9A][)]",  # identity cards of Hong Kong
    "[A-Z]{3}[0-9]{12}",  # permanent residence cards until 2023
)
_CENTURY = "19"


def cleaned_sql(text: str) -> str:
    """The text without white space, dashes, quotes and full-width forms; needs ``nfkc()``."""
    return f"upper(regexp_replace(nfkc({text}), '{_NOISE}', '', 'g'))"


def check_digit_sql(first17: str) -> str:
    """The check character of 17 digits (GB 11643); null if they are not 17 digits."""
    number = f"try_cast({first17} as bigint)"
    total = " + ".join(
        f"({number} // {10 ** (len(WEIGHTS) - 1 - place)} % 10) * {weight}" for place, weight in enumerate(WEIGHTS)
    )
    return f"substr('{CHECK_DIGITS}', (({total}) % 11)::integer + 1, 1)"


def valid_sql(number: str) -> str:
    """True for 18 characters with a real birth date and a right check character, false for any other text."""
    year = f"substr({number}, 7, 4)"
    day = f"{year} || '-' || substr({number}, 11, 2) || '-' || substr({number}, 13, 2)"
    return (
        f"coalesce(regexp_full_match({number}, '[0-9]{{17}}[0-9X]') and {year} <> '0000'"
        f" and try_cast({day} as date) is not null"
        f" and {check_digit_sql(f'left({number}, 17)')} = right({number}, 1), false)"
    )


def extended_sql(short: str) -> str:
    """The 18-character form of a number of 15 digits."""
    first17 = f"left({short}, 6) || '{_CENTURY}' || substr({short}, 7, 9)"
    return f"({first17} || {check_digit_sql(first17)})"


def read_sql(relation: str, text: str) -> str:
    """A query: ``relation`` with ``id_number`` (18 characters, null unless it may link) and ``id_state`` (Status)."""
    short = "regexp_full_match(cleaned_id, '[0-9]{15}')"
    certificate = "regexp_full_match(cleaned_id, '[0-9]{17}[0-9X].{2,4}')"
    number = (
        f"case when {valid_sql('cleaned_id')} then cleaned_id"
        f" when {short} and {valid_sql('extended_id')} then extended_id"
        f" when {certificate} and {valid_sql('left(cleaned_id, 18)')} then left(cleaned_id, 18) end"
    )
    return f"""
        with cleaned as (
            select *, {cleaned_sql(text)} as cleaned_id from {relation}
        ),
        extended as (
            select *, case when {short} then {extended_sql("cleaned_id")} end as extended_id from cleaned
        ),
        numbered as (
            select *, case when not {_placeholder_sql("cleaned_id")} then {number} end as id_number from extended
        )
        select * exclude (cleaned_id, extended_id),
            case
                when {text} is null or cleaned_id in ({literals(_BLANK_WORDS)}) then '{Status.MISSING}'
                when {_placeholder_sql("cleaned_id")} then '{Status.PLACEHOLDER}'
                when id_number = {text} then '{Status.VALID}'
                when id_number is not null then '{Status.REPAIRED_FORM}'
                when {_foreign_sql("cleaned_id")} then '{Status.FOREIGN_DOCUMENT}'
                else '{Status.DAMAGED}'
            end as id_state
        from numbered
        """


def _placeholder_sql(cleaned: str) -> str:
    words = literals((*sorted(PLACEHOLDERS), *_PLACEHOLDER_WORDS))
    repeated = f"regexp_matches({cleaned}, '^[0-9A-Z*#.]') and trim({cleaned}, left({cleaned}, 1)) = ''"
    return f"({cleaned} in ({words}) or ({repeated}))"


def _foreign_sql(cleaned: str) -> str:
    return " or ".join(f"regexp_full_match({cleaned}, '{pattern}')" for pattern in _FOREIGN)
