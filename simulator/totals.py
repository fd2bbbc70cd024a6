"""The numbers that departments report themselves, in the folder of every sector.

Data in: the true numbers. Data out: rows of ``<sector>/department_totals``, rounded as a bulletin prints them.
Not here: wrong reports (corruptions.py changes them).
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pyarrow as pa

from simulator.corruptions_bulletins import Bulletin
from simulator.geography import Geography
from simulator.indicators import Number
from simulator.register import Register
from simulator.tables import FeedTable, Sent

REPORTED: dict[str, dict[str, tuple[str, str]]] = {
    "registry": {
        "jd_hh": ("建档立卡户数", "户"),
        "jd_persons": ("建档立卡人口数", "人"),
        "not_out_persons": ("未脱贫人口数", "人"),
        "edge_hh": ("边缘户数", "户"),
    },
    "medical": {
        "ins_paid_persons": ("参保缴费人数", "人"),
        "ins_unpaid_persons": ("参合未缴费人数", "人"),
        "ins_rate": ("参保率", "%"),
        "special_rate": ("特惠保参保率", "%"),
        "reimb_in_rate": ("县域内住院报销比例", "%"),
        "reimb_out_rate": ("县域外转诊报销比例", "%"),
        "chronic_rate": ("慢病签约率", "%"),
    },
    "housing": {
        "retro_task": ("危改任务户数", "户"),
        "retro_started": ("开工户数", "户"),
        "retro_done": ("竣工户数", "户"),
        "retro_paid": ("补助兑付户数", "户"),
        "safe_house_rate": ("安全住房率", "%"),
    },
    "education": {
        "dropout_persons": ("义务教育阶段辍学人数", "人"),
        "home_persons": ("送教上门人数", "人"),
        "aid_rate": ("资助覆盖率", "%"),
    },
    "civil_affairs": {
        "dibao_persons": ("低保人数", "人"),
        "dibao_jd_persons": ("建档立卡低保人数", "人"),
        "tekun_persons": ("特困人数", "人"),
        "dsub_persons": ("两项补贴人数", "人"),
        "cert_rate": ("残疾人办证率", "%"),
    },
    "water": {
        "water_safe_rate": ("饮水安全率", "%"),
        "tap_rate": ("自来水普及率", "%"),
        "water_open_hh": ("饮水问题未解决户数", "户"),
    },
}
_LONGEST_REPORTED_CODE = 9
"""Departments report the county and its townships, not villages."""
_PERCENT = Decimal(100)
_LOWEST_PERCENT = Decimal(1)
"""A rate of 1 % or less would be read as a ratio: such a row is left out of the bulletin."""


def department_totals(reg: Register, geography: Geography, numbers: list[Number]) -> dict[str, Bulletin]:
    """The bulletin of each sector, every number right."""
    names = {geography.county_name: ""} | dict(zip(geography.township_codes, geography.township_names, strict=True))
    tables: dict[str, Bulletin] = {}
    for sector, wanted in REPORTED.items():
        rows, keys = [], []
        for number in numbers:
            if number.indicator not in wanted or len(number.area) > _LONGEST_REPORTED_CODE:
                continue
            title, unit = wanted[number.indicator]
            value = _reported(number, unit)
            if value is None:
                continue
            rows.append(
                {
                    "indicator": number.indicator,
                    "indicator_name": title,
                    "area_code": number.area,
                    "area_name": names.get(number.area, geography.county_name),
                    "period": f"{reg.as_of.year}年{reg.as_of.month}月",
                    "value": value,
                    "unit": unit,
                    "numerator": "" if number.denominator is None else str(number.numerator),
                    "denominator": "" if number.denominator is None else str(number.denominator),
                    "definition_version": "v1",
                    "filled_by": "测经办",
                }
            )
            keys.append((number.indicator, number.area))
        columns = {name: pa.array([row[name] for row in rows], pa.string()) for name in rows[0]}
        zeros = np.zeros(len(rows), dtype=np.int64)
        sent = Sent(FeedTable(f"{sector}/department_totals", columns, zeros, zeros - 1))
        tables[sector] = Bulletin(sector, sent, keys)
    return tables


def _reported(number: Number, unit: str) -> str | None:
    if unit != "%":
        return str(number.numerator)
    if not number.denominator:
        return None
    percent = Decimal(number.numerator) * _PERCENT / Decimal(number.denominator)
    if percent <= _LOWEST_PERCENT:
        return None
    return str(percent.quantize(Decimal("0.01"), ROUND_HALF_UP))
