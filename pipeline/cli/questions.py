"""Commands that only ask: status, number, mismatches, explain. Everything they show is masked."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from pipeline import settings as home
from pipeline.cli.terminal import (
    DONE,
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
)
from pipeline.publication import reports
from pipeline.questions import known_words, mismatch_rows, number_rows
from pipeline.settings import Settings

_FEN = 100
app = typer.Typer()


@app.command()
def status(as_json: Json = False) -> None:
    """各报表最近一次合格数据、是否过期或缺失,最近一次运行与当前发布。"""
    settings = home.load_standing()
    found = reports.status(settings, settings.clock())
    if as_json:
        print_json(found)
        return
    print_table(
        f"报表状态({found['today']})",
        ["报表", "名称", "期间", "接收日", "天数", "接收", "退回", "待确认", ""],
        [
            [
                f"{feed['sector']}/{feed['entity']}",
                feed["title"],
                feed["period"],
                feed["received_on"],
                feed["age_days"],
                feed["rows_accepted"],
                feed["rows_rejected"],
                " ".join(feed["held_files"] or []),
                "未收到" if feed["is_missing"] else "过期" if feed["is_stale"] else None,
            ]
            for feed in found["feeds"]
        ],
    )
    publication = found["publication"]
    if publication is None:
        out.print("尚未发布。")
    else:
        out.print(
            f"当前发布:{publication['as_of']},运行 {publication['run_id']},导出 sha256 {publication['export_sha256']}"
        )
    places = {
        "发布": settings.published / "current",
        "回执、错误明细、问题清单": settings.outbox,
        "文档首页": settings.site / "index.html",
        "日志": settings.logs,
    }
    print_table("各处", ["什么", "在哪里"], [[what, where] for what, where in places.items()])


def _shown(value: float | None, denominator: int | None) -> str | None:
    """A rate as per cent, a count as a whole number; absent stays absent."""
    if value is None:
        return None
    return f"{value:.0f}" if denominator is None else f"{value:.2%}"


@app.command()
def number(
    indicator: Annotated[str | None, typer.Argument(help="指标代码,如 ins_rate;默认全部。")] = None,
    area: Annotated[
        str | None, typer.Option(help="行政区划代码;给出该区及其下级。不写时终端只列全县,JSON 列全部。")
    ] = None,
    as_of: PublishedOn = None,
    with_rows: Annotated[bool, typer.Option("--rows", help="列出这个数背后的人、户或项目(已脱敏)。")] = False,
    part: Annotated[
        str, typer.Option(help="与 --rows 同用:numerator 分子、denominator 分母、unknown 不明。")
    ] = "numerator",
    as_json: Json = False,
) -> None:
    """一个数:每个指标、每个地区只有一个值。"""
    settings = home.load()
    if with_rows:
        _behind(settings, indicator, part, area, date_of(as_of), as_json=as_json)
        return
    rows = reports.indicators(settings, indicator, area, date_of(as_of))
    if not rows:
        known_words.indicator(indicator)
        known_words.area(settings, area, date_of(as_of))
    if as_json:
        print_json(rows)
        return
    if area is None:
        rows = [row for row in rows if row["area_level"] in ("prefecture", "county")]
    print_table(
        "一个数",
        ["指标", "名称", "地区", "分子", "分母", "未知", "值", "目标"],
        [
            [
                row["indicator"],
                row["title"],
                row["area_code"],
                row["numerator"],
                row["denominator"],
                row["unknown"],
                "未运行" if row["status"] == "not_run" else _shown(row["value"], row["denominator"]),
                _shown(row["target"], row["denominator"]),
            ]
            for row in rows
        ],
    )


def _behind(
    settings: Settings, indicator: str | None, part: str, area: str | None, day: date | None, *, as_json: bool
) -> None:
    """Print the rows behind a number."""
    if indicator is None or part not in number_rows.PARTS:
        err.print("--rows 需要指标代码;--part 为 numerator、denominator 或 unknown。")
        raise typer.Exit(REFUSED)
    try:
        found = number_rows.members(settings, indicator, part=part, area=area, as_of=day)
    except number_rows.UnknownIndicatorError as problem:
        err.print(str(problem))
        raise typer.Exit(REFUSED) from None
    if not found:
        known_words.area(settings, area, day)
    if as_json:
        print_json(found)
        return
    columns, heads = ["subject_label", "area_code", "subject_key"], ["对象", "地区", "标识"]
    title = f"{indicator} 共 {len(found)}"
    if number_rows.grain(settings, indicator, day) == number_rows.MONEY:
        total = sum(row["amount"] for row in found)
        title += f" 次住院,金额合计 {total} 分({total / _FEN:.2f} 元)"
        columns, heads = [*columns, "amount"], [*heads, "计入金额(分)"]
    elif any(row["amount"] != 1 for row in found):
        title += f",合计 {sum(row['amount'] for row in found)}"
        columns, heads = [*columns, "amount"], [*heads, "计入数"]
    print_table(title, heads, [[row[column] for column in columns] for row in found])


@app.command()
def mismatches(
    owner: Annotated[str | None, typer.Option(help="责任行业,如 medical。")] = None,
    rule: Annotated[str | None, typer.Option(help="规则编号,如 R081。")] = None,
    area: Annotated[str | None, typer.Option(help="行政区划代码。")] = None,
    as_of: PublishedOn = None,
    rows: Annotated[bool, typer.Option("--rows", help="逐条列出,而不是只给数量。")] = False,
    as_json: Json = False,
) -> None:
    """差异:每一条都有责任单位、规则和证据(已脱敏)。"""
    settings = home.load()
    if as_json or rows or owner or rule or area:
        found = mismatch_rows.list_mismatches(settings, owner=owner, rule=rule, area=area, as_of=date_of(as_of))
        if not found:
            known_words.sector(owner)
            known_words.rule(rule)
            known_words.area(settings, area, date_of(as_of))
        if as_json:
            print_json(found)
            return
        columns = ["rule_id", "detail", "subject_label", "area_code", "owner", "expected", "actual", "due_on"]
        heads = ["规则", "类别", "对象", "地区", "责任", "应为", "实为", "时限"]
        print_table(f"差异 {len(found)} 条", heads, [[row[column] for column in columns] for row in found])
    else:
        found = reports.mismatch_counts(settings, date_of(as_of))
        print_table(
            "各部门待核实差异",
            ["责任", "规则", "名称", "条数", "其中未知"],
            [[row["owner"], row["rule_id"], row["title"], row["mismatches"], row["unknown"]] for row in found],
        )
    print_not_run(reports.rules_not_run(settings, date_of(as_of)))


@app.command()
def explain(
    subject: Annotated[str, typer.Argument(help="差异编号、户编号、人员标识或 指标|区划。")],
    as_of: PublishedOn = None,
    as_json: Json = False,
) -> None:
    """一条差异的两边:哪个文件、哪一行、哪一天(已脱敏)。"""
    found = reports.explain(home.load(), subject, date_of(as_of))
    if as_json:
        print_json(found)
    elif not found:
        out.print("没有找到这个对象的差异。")
    for row in [] if as_json else found:
        out.print(f"{row['rule_id']} {row['title']} {row['detail']}  责任:{row['owner']}", style="bold")
        out.print(f"  对象 {row['subject_label']}({row['area_code']}) 应为 {row['expected']} 实为 {row['actual']}")
        for side in row.get("sides", []):
            out.print(
                f"  证据 {side['feed']} 文件 {side['file_name']} {side['sheet']} 第 {side['row_no']} 行,"
                f"{side['received_on']} 接收"
            )
        out.print(f"  怎么办:{row['instruction']}")
    raise typer.Exit(DONE if found else FINDINGS)
