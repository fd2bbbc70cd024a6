"""Commands about what follows from the numbers: lists, changes between nights, the preview of another policy value.

Data in: publications, a file of policy values. Data out: tables for the terminal, stable ``--json`` forms; masked.
Not here: how lists, totals, changes and flips are found (pipeline/questions).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline import settings as home
from pipeline.cli.terminal import (
    FINDINGS,
    REFUSED,
    Json,
    PublishedOn,
    date_of,
    err,
    out,
    print_json,
    print_not_run,
    print_table,
    progress,
)
from pipeline.questions import change_questions, control_totals, known_words, proposed_values, work_lists
from pipeline.questions import preview as previewing

app = typer.Typer()


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
        found = work_lists.counts(settings, date_of(as_of))
        if as_json:
            print_json(found)
            return
        print_table(
            "名单", ["名单", "名称", "条数"], [[row["list_id"], row["title"], row["subjects"]] for row in found]
        )
        print_not_run(work_lists.not_run(settings, as_of=date_of(as_of)))
        return
    rows = work_lists.rows(settings, name, area=area, as_of=date_of(as_of))
    if not rows:
        known_words.work_list(name)
        known_words.area(settings, area, date_of(as_of))
    if as_json:
        print_json(rows)
        return
    print_table(
        f"{name} 共 {len(rows)}",
        ["对象", "地区", "原因", "自", "天数"],
        [[row[column] for column in ("subject_label", "area_code", "reason", "since_on", "age_days")] for row in rows],
    )
    print_not_run(work_lists.not_run(settings, name, date_of(as_of)))


@app.command()
def totals(
    total: Annotated[str | None, typer.Argument(help="控制数代码,如 unpaid_1020;默认列出全部。")] = None,
    as_of: PublishedOn = None,
    as_json: Json = False,
) -> None:
    """文件所述的数(控制数)与本表计算的数:相符、说明差异,或不属本地;给出代码则列出差异的逐条名单(已脱敏)。"""
    settings = home.load()
    found = (
        control_totals.compared(settings, date_of(as_of))
        if total is None
        else control_totals.behind(settings, total, date_of(as_of))
    )
    if not found:
        known_words.total(total)
    if as_json:
        print_json(found)
        return
    columns = ["total_id", "title", "area_name", "stated_on", "stated", "computed", "state", "explanation"]
    heads = ["代码", "名称", "地区", "文件时点", "文件数", "计算数", "结果", "说明"]
    if total is not None:
        columns, heads = ["side", "subject_label", "area_code", "subject_key"], ["计入", "对象", "地区", "标识"]
    print_table(f"控制数 {total or ''} 共 {len(found)}", heads, [[row[column] for column in columns] for row in found])


@app.command()
def changes(
    kind: Annotated[
        str | None, typer.Argument(help="person、household、fact、card、finding 或 number;默认按种类给出条数。")
    ] = None,
    area: Annotated[str | None, typer.Option(help="行政区划代码;该区及其下级。")] = None,
    as_of: PublishedOn = None,
    as_json: Json = False,
) -> None:
    """与上一次发布相比变了什么,由哪张报表引起(已脱敏)。"""
    settings = home.load()
    if kind is None and not as_json:
        found = change_questions.counts(settings, date_of(as_of))
        cells = [[row[column] for column in ("kind", "field", "title", "changes", "cause")] for row in found]
        print_table("与上一次发布相比", ["种类", "项目", "名称", "条数", "由什么引起"], cells)
        return
    rows = change_questions.rows(settings, kind=kind, area=area, as_of=date_of(as_of))
    if not rows:
        known_words.demand("变化种类", kind, change_questions.KINDS)
        known_words.area(settings, area, date_of(as_of))
    if as_json:
        print_json(rows)
        return
    _print_differences(f"变化 {len(rows)} 条", rows, "cause")


@app.command()
def preview(
    policy: Annotated[
        Path,
        typer.Option(
            "--policy", exists=True, dir_okay=False, help="政策参数行(csv:param_id, area_prefix, valid_from, value)。"
        ),
    ],
    as_json: Json = False,
) -> None:
    """换一个政策参数值,谁会翻转:两种口径各算一遍,只列差别,不发布(已脱敏)。"""
    settings = home.load()
    try:
        with progress(quiet=as_json) as step:
            found = previewing.preview(settings, policy, progress=step)
    except proposed_values.ValuesError as problem:
        err.print(str(problem))
        raise typer.Exit(REFUSED) from None
    if as_json:
        print_json(found)
    else:
        for row in found["values"]:
            idle = "" if row["is_in_force"] else f";{found['as_of']} 在本地不生效"
            out.print(f"预演 {row['param_id']}({row['area_prefix'] or '全部'})= {row['value']}{idle}")
        _print_differences(f"{found['as_of']} 翻转 {len(found['flips'])} 项", found["flips"])
    raise typer.Exit(FINDINGS if found["flips"] else 0)


def _print_differences(title: str, rows: list[dict[str, object]], *more: str) -> None:
    columns = ["kind", "title", "subject_label", "area_code", "before", "after", *more]
    heads = ["种类", "项目", "对象", "地区", "原来", "现在", "由什么引起"][: len(columns)]
    print_table(title, heads, [[row[column] for column in columns] for row in rows])
