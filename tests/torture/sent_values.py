"""Values as departments write them, one odd cell a file, each with the code that its row gets.

Data in: nothing; the files are made here, from the clean example of the medical roster. Data out: the files.
Not here: single cells (tests/unit/connectors/test_cells.py), whether the files are read as stated (sent.py).
"""

from __future__ import annotations

from tests.integration.intake_bench import example, to_csv, to_xlsx
from tests.torture.sent import Sent

_ROWS = example("medical/enrolments")
_NAMES = tuple(row[3] for row in _ROWS[1:])
_ID, _NAME, _PAID, _ON = (_ROWS[0].index(text) for text in ("身份证号", "姓名", "个人缴费金额（元）", "缴费时间"))
_DROPPED = {"W_VALUE_DROPPED"}

_IDS: dict[str, set[str]] = {
    "610099196503120112": set(),
    " 610099196503120112 ": {"W_ID_CLEANED"},
    "６１００９９１９６５０３１２０１１２": {"W_ID_CLEANED"},
    "'610099196503120112": {"W_TEXT_GUARD"},
    "6100 9919 6503 1201 12": {"W_ID_CLEANED"},
    "610099196503120113": {"W_ID_CHECK"},
    "61009919650312011": {"W_ID_CHECK"},
    "6100991965031201123": {"W_ID_CHECK"},
    "610099196513320112": {"W_ID_CHECK"},
    "6100991965****0112": {"R_ID_MASKED"},
    "610099******120112": {"R_ID_MASKED"},
    "6.10099E+17": {"R_ID_NUMERIC"},
    "610099650312011": {"W_ID_15"},
    "无": {"R_REQUIRED_BLANK"},
    "": {"R_REQUIRED_BLANK"},
    "E12345678": {"W_ID_CHECK"},
}
_DATES: dict[str, set[str]] = {
    "2020年2月20日": set(),
    "20200220": set(),
    "43881": {"W_DATE_SERIAL"},
    "2020.2": {"W_DATE_PART"},
    "20.2.20": {"W_DATE_2DIGIT"},
    "2020-02-30": _DROPPED,
    "2020-07-04": _DROPPED,
    "二月下旬": _DROPPED,
}
_AMOUNTS: dict[str, set[str]] = {
    "280元": set(),
    "￥280.00": set(),
    "1,280.50": set(),
    "280.005": {"W_AMOUNT_ROUNDED"},
    "约280": _DROPPED,
    "二百八十": _DROPPED,
    "-280": _DROPPED,
    "280/年": _DROPPED,
}
_TEXTS: dict[str, set[str]] = {
    "测甲1": {"R_NAME_INVALID"},
    "": {"R_REQUIRED_BLANK"},
    "暂无": {"R_REQUIRED_BLANK"},
    "测 甲 一": {"W_NAME_CLEANED"},
    "测甲一（户主）": {"W_NAME_CLEANED"},
    "=1+1": {"R_NAME_INVALID"},
    "测" * 51: {"R_NAME_INVALID"},
    "测𠮷": set(),
}


def _odd(column: int, value: str, codes: set[str]) -> Sent:
    rows = [list(row) for row in _ROWS]
    rows[1][column] = value
    is_out = any(code.startswith("R_") for code in codes)
    name = value if column == _NAME and not codes else _NAMES[0]
    names = _NAMES[1:] if is_out else (name, *_NAMES[1:])
    return Sent(f"{_ROWS[0][column]} {value}", to_csv(rows), names=names, codes={2: codes} if codes else {})


def values() -> list[Sent]:
    """Forty-four files."""
    number = [list(row) for row in _ROWS]
    number[1][_ID] = float(number[1][_ID])  # type: ignore[call-overload]
    twice = [*_ROWS, _ROWS[1]]
    other = [*_ROWS, [*_ROWS[1][:_PAID], "100", *_ROWS[1][_PAID + 1 :]]]
    same_id = [*_ROWS, [*_ROWS[1][:_NAME], "测另人", *_ROWS[1][_NAME + 1 :]]]
    both = {2: {"R_DUP_KEY"}, 5: {"R_DUP_KEY"}}
    return [
        *(_odd(_ID, value, codes) for value, codes in _IDS.items()),
        *(_odd(_ON, value, codes) for value, codes in _DATES.items()),
        *(_odd(_PAID, value, codes) for value, codes in _AMOUNTS.items()),
        *(_odd(_NAME, value, codes) for value, codes in _TEXTS.items()),
        Sent("an id in a numeric cell", to_xlsx({"S": number}), names=_NAMES[1:], codes={2: {"R_ID_NUMERIC"}}),
        Sent("a row twice", to_csv(twice), names=_NAMES, codes={5: {"W_DUP_ROW"}}),
        Sent("a person with two amounts", to_csv(other), names=_NAMES[1:], codes=both),
        Sent("an id with two names", to_csv(same_id), names=_NAMES[1:], codes=both),
    ]
