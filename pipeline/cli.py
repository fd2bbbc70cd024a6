"""``onetable``: the command line of One Table (一张表).

Every command calls the same step functions as the Airflow DAGs and needs no Airflow. All state lies under
``ONETABLE_HOME`` (default ``./var``). Exit codes: 0 done; 1 done, but something was refused, held back or found
wrong; 2 the command was called wrongly; 3 nothing is published yet; 4 another process holds the warehouse.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from pipeline import reports
from pipeline import settings as home

DONE, FINDINGS, NOT_PUBLISHED = 0, 1, 3

app = typer.Typer(
    name="onetable", help="一个数、一张表、一盘棋:部门数据与建档立卡数据的核对。", no_args_is_help=True, add_completion=False
)
out = Console()
err = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="以 JSON 输出,供程序读取。")]
AsOf = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="数据日期;默认今天(模拟县为其固定日期)。")]


def _day(value: datetime | None, settings: home.Settings) -> date:
    return value.date() if value else settings.clock()


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def _table(title: str, columns: list[str], rows: list[list[object]]) -> None:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    out.print(table)


@contextmanager
def _progress(quiet: bool) -> Iterator[Any]:
    """A callable ``step(text, done=None, total=None)`` that shows what long work is doing."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, disable=quiet, transient=True) as progress:
        task = progress.add_task("", total=None)

        def step(text: str, done: float | None = None, total: float | None = None) -> None:
            progress.update(task, description=text, completed=done, total=total)

        yield step


@app.command()
def simulate(
    out_dir: Annotated[Path, typer.Option("--out", help="写入的文件夹(作为 ONETABLE_HOME 使用)。")],
    seed: Annotated[int, typer.Option(help="随机种子;同一种子得到同样的字节。")] = 1,
    households: Annotated[int, typer.Option(min=1, help="建档立卡户数。")] = 5000,
    as_of: AsOf = None,
    corrupt: Annotated[float, typer.Option(min=0.0, max=1.0, help="出错户的比例。")] = 0.02,
    scale: Annotated[str | None, typer.Option(help="prefecture:一个地级市的规模。")] = None,
    as_json: Json = False,
) -> None:
    """生成一个虚拟县:各部门投递的文件,以及它们哪里有错的真相。"""
    from simulator import simulate as run

    day = as_of.date() if as_of else date(2020, 6, 30)
    with _progress(as_json) as step:
        report = run(
            out_dir, seed=seed, households=households, as_of=day, corrupt=corrupt, scale=scale, progress=step
        )
    if as_json:
        _print_json(report.to_json())
    else:
        _table("已生成", ["文件", "行数"], [[name, rows] for name, rows in report.files.items()])


@app.command()
def ingest(
    sector: Annotated[list[str] | None, typer.Option(help="只收这些行业;默认全部。")] = None,
    received_on: AsOf = None,
    gate: Annotated[bool, typer.Option(help="是否运行 Great Expectations 入库关口。")] = True,
    as_json: Json = False,
) -> None:
    """接收 ingest/ 下等待的全部文件,写入数据仓库并出具回执。"""
    from pipeline.ingest import ingest_waiting

    settings = home.load()
    landing_gate = None
    if gate:
        from expectations.gate import check_landing as landing_gate
    with _progress(as_json) as step:
        results = ingest_waiting(
            settings,
            sectors=sector or None,
            received_on=_day(received_on, settings),
            landing_gate=landing_gate,
            progress=step,
        )
    if as_json:
        _print_json([item.to_json() for item in results])
    elif results:
        _table(
            f"已处理 {len(results)} 个文件;回执在 {settings.outbox}",
            ["报表", "文件", "状态", "收", "退", "原因"],
            [
                [
                    item.feed,
                    item.file_name,
                    item.status,
                    item.counts.get("rows_in"),
                    item.counts.get("rows_rejected"),
                    " ".join(item.reasons) or item.error,
                ]
                for item in results
            ],
        )
    else:
        out.print("没有等待的文件,什么都没有改变。")
    settled = ("accepted", "accepted_with_errors", "duplicate", "nil")
    raise typer.Exit(DONE if all(item.status in settled for item in results) else FINDINGS)


@app.command()
def reconcile(
    as_of: AsOf = None,
    force: Annotated[bool, typer.Option(help="即使输入没有变化也重新计算。")] = False,
    as_json: Json = False,
) -> None:
    """核对一晚:构建、过关、发布、推送。"""
    from pipeline.reconcile import reconcile as run

    settings = home.load()
    with _progress(as_json) as step:
        report = run(settings, _day(as_of, settings), progress=step, force=force)
    if as_json:
        _print_json(report.to_json())
    else:
        words = {"published": "已发布", "unchanged": "输入没有变化,发布保持不变", "held": "未通过关口,上一次发布保留"}
        out.print(f"{report.as_of}:{words.get(report.outcome, report.outcome)};导出 sha256 {report.export_sha256}")
        _table("用时", ["步骤", "秒"], [[step_["name"], f"{step_['seconds']:.1f}"] for step_ in report.steps])
    raise typer.Exit(FINDINGS if report.outcome == "held" else DONE)


@app.command()
def status(as_json: Json = False) -> None:
    """各报表最近一次合格数据、是否过期或缺失,最近一次运行与当前发布。"""
    settings = home.load()
    found = reports.status(settings, settings.clock())
    if as_json:
        _print_json(found)
        return
    _table(
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
                feed["held_files"] or None,
                "缺失" if feed["is_missing"] else None,
            ]
            for feed in found["feeds"]
        ],
    )
    publication = found["publication"]
    if publication is None:
        out.print("尚未发布。")
    else:
        out.print(
            f"当前发布:{publication['as_of']},运行 {publication['run_id']},"
            f"导出 sha256 {publication['export_sha256']}"
        )


@app.command()
def number(
    indicator: Annotated[str | None, typer.Argument(help="指标代码,如 ins_rate;默认全部。")] = None,
    area: Annotated[str | None, typer.Option(help="行政区划代码;给出该区及其下级。")] = None,
    as_json: Json = False,
) -> None:
    """一个数:每个指标、每个地区只有一个值。"""
    settings = home.load()
    rows = reports.indicators(settings, indicator, area)
    if as_json:
        _print_json(rows)
        return
    _table(
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
                "未运行" if row["status"] == "not_run" else row["value"],
                row["target"],
            ]
            for row in rows
        ],
    )


@app.command()
def mismatches(
    owner: Annotated[str | None, typer.Option(help="责任行业,如 medical。")] = None,
    rule: Annotated[str | None, typer.Option(help="规则编号,如 R081。")] = None,
    area: Annotated[str | None, typer.Option(help="行政区划代码。")] = None,
    rows: Annotated[bool, typer.Option("--rows", help="逐条列出,而不是只给数量。")] = False,
    as_json: Json = False,
) -> None:
    """差异:每一条都有责任单位、规则和证据(已脱敏)。"""
    settings = home.load()
    if as_json:
        _print_json(reports.mismatches(settings, owner=owner, rule=rule, area=area))
        return
    if rows or owner or rule or area:
        found = reports.mismatches(settings, owner=owner, rule=rule, area=area)
        columns = ["rule_id", "detail", "subject_label", "area_code", "owner", "expected", "actual", "due_on"]
        heads = ["规则", "类别", "对象", "地区", "责任", "应为", "实为", "时限"]
        _table(f"差异 {len(found)} 条", heads, [[row[column] for column in columns] for row in found])
    else:
        found = reports.mismatch_counts(settings)
        _table(
            "各部门待核实差异",
            ["责任", "规则", "名称", "条数", "其中未知"],
            [[row["owner"], row["rule_id"], row["title"], row["mismatches"], row["unknown"]] for row in found],
        )
    for row in reports.rules_not_run(settings):
        out.print(f"未运行:{row['rule_id']} {row['title']}:{row['reason']}")


@app.command()
def explain(
    subject: Annotated[str, typer.Argument(help="差异编号、户编号、人员标识或 指标|区划。")], as_json: Json = False
) -> None:
    """一条差异的两边:哪个文件、哪一行、哪一天(已脱敏)。"""
    found = reports.explain(home.load(), subject)
    if as_json:
        _print_json(found)
    elif not found:
        out.print("没有找到这个对象的差异。")
    for row in [] if as_json else found:
        out.print(f"[bold]{row['rule_id']} {row['title']}[/bold] {row['detail']}  责任:{row['owner']}")
        out.print(f"  对象 {row['subject_label']}({row['area_code']}) 应为 {row['expected']} 实为 {row['actual']}")
        for side in row.get("sides", []):
            out.print(
                f"  证据 {side['feed']} 文件 {side['file_name']} {side['sheet']} 第 {side['row_no']} 行,"
                f"{side['received_on']} 接收"
            )
        out.print(f"  怎么办:{row['instruction']}")
    raise typer.Exit(DONE if found else FINDINGS)


@app.command()
def publish(
    rollback: Annotated[bool, typer.Option("--rollback", help="退回上一次发布。")] = False, as_json: Json = False
) -> None:
    """查看当前发布,或退回上一次发布。"""
    settings = home.load()
    if rollback:
        from pipeline.publish import rollback as run

        run(settings)
    found = reports.manifest(settings)
    if as_json:
        _print_json(found)
    else:
        out.print(f"当前发布:{found['as_of']},运行 {found['run_id']},导出 sha256 {found['export_sha256']}")


@app.command()
def release(
    submission_id: Annotated[str, typer.Argument(help="被扣留文件的编号(见 onetable status)。")],
    by: Annotated[str, typer.Option(help="放行人姓名。")],
    reason: Annotated[str, typer.Option(help="放行理由。")],
) -> None:
    """放行因行数骤减而扣留的文件;记名、记理由。"""
    from pipeline.release import release as run

    settings = home.load()
    result = run(settings, submission_id, by=by, reason=reason, received_on=settings.clock())
    out.print(f"{submission_id}:{result.status}")


@app.command()
def check(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="要检查的文件。")],
    feed: Annotated[str, typer.Option(help="报表,如 medical/enrolments。")],
    received_on: AsOf = None,
    as_json: Json = False,
) -> None:
    """检查一个文件而不接收它;退出码 0 合格,1 有错误行,2 拒收或扣留。"""
    from pipeline.check import check_file

    settings = home.load()
    result = check_file(settings, file, feed, received_on=_day(received_on, settings))
    if as_json:
        _print_json(result.to_json())
    else:
        out.print(f"{result.status} {' '.join(result.reasons)}")
        _table("逐行结果", ["行", "代码"], [[place, " ".join(codes)] for place, codes in result.rows.items()])
    raise typer.Exit({"accepted": 0, "nil": 0, "duplicate": 0, "accepted_with_errors": 1}.get(result.status, 2))


@app.command()
def templates(out_dir: Annotated[Path, typer.Option("--out", help="写入的文件夹。")]) -> None:
    """为每类报表生成空白模板。"""
    from pipeline.templates import write_templates

    written = write_templates(out_dir)
    out.print(f"已写入 {len(written)} 个模板:{out_dir}")


@app.command()
def score(
    truth: Annotated[Path, typer.Option(exists=True, file_okay=False, help="模拟县的 truth 文件夹。")],
    as_json: Json = False,
) -> None:
    """与模拟县的真相对照:各规则、各原因代码的查全率与查准率,关联错误,指标差异。"""
    from pipeline.score import score as run

    found = run(home.load(), truth)
    if as_json:
        _print_json(found)
        return
    for part, title in (("rules", "规则"), ("intake", "接收原因代码")):
        _table(
            title,
            ["代码", "应有", "找到", "查全率", "查准率"],
            [
                [code, line["expected"], line["found"], line["recall"], line["precision"]]
                for code, line in found[part].items()
            ],
        )
    out.print(f"关联 {found['links']}")
    out.print(f"指标 {found['indicators']}")


@app.command()
def fsck(as_json: Json = False) -> None:
    """核对原件库、数据仓库与发布是否一致。"""
    from pipeline.fsck import fsck as run

    findings = run(home.load())
    if as_json:
        _print_json(findings)
    elif findings:
        _table("不一致", ["发现"], [[finding] for finding in findings])
    else:
        out.print("一致。")
    raise typer.Exit(FINDINGS if findings else DONE)


def main() -> None:
    """Entry point of the console script: errors are one Chinese line, never a stack with values in it."""
    try:
        app()
    except reports.NothingPublished as problem:
        err.print(str(problem))
        raise SystemExit(NOT_PUBLISHED) from None


if __name__ == "__main__":
    main()
