"""Commands about what follows from the numbers: lists, changes between nights, the preview of another policy value.

Data in: publications, a file of policy values. Data out: tables for the terminal, stable ``--json`` forms; masked.
Not here: how lists, changes and flips are found (pipeline/work_lists.py, changes.py, preview.py).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import typer

from pipeline import settings as home
from pipeline import work_lists
from pipeline.terminal import Json, print_json, print_table

app = typer.Typer()

PublishedOn = Annotated[
    datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="哪一天的发布;默认当前发布。")
]


def _day(value: datetime | None) -> date | None:
    return value.date() if value else None


@app.command()
def lists(
    name: Annotated[str | None, typer.Argument(help="名单代码,如 card_red;默认列出各名单的条数。")] = None,
    area: Annotated[str | None, typer.Option(help="行政区划代码;该区及其下级。")] = None,
    as_of: PublishedOn = None,
    as_json: Json = False,
) -> None:
    """名单:四色卡、两线融合、应保未保、回退、返贫、退出核查等(已脱敏)。"""
    settings = home.load()
    if name is None:
        found = work_lists.counts(settings, _day(as_of))
        if as_json:
            print_json(found)
            return
        print_table(
            "名单", ["名单", "名称", "条数"], [[row["list_id"], row["title"], row["subjects"]] for row in found]
        )
        return
    rows = work_lists.rows(settings, name, area=area, as_of=_day(as_of))
    if as_json:
        print_json(rows)
        return
    print_table(
        f"{name} 共 {len(rows)}",
        ["对象", "地区", "原因", "自", "天数"],
        [[row[column] for column in ("subject_label", "area_code", "reason", "since_on", "age_days")] for row in rows],
    )
