"""Commands about issues: list them, one with its history, decide about one, name who answers, freeze a baseline."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from connectors.outbox.workbook import mask_digits
from pipeline import settings as home
from pipeline.cli.terminal import DONE, FINDINGS, AsOf, Json, Until, day, err, out, print_json, print_table
from pipeline.ledger import officers
from pipeline.ledger.questions import Which, history, issue_counts, list_issues, show_evidence
from pipeline.questions import known_words

if TYPE_CHECKING:
    from pipeline.settings import Settings

app = typer.Typer()

STATES = {
    "found": "已发现", "pushed": "待回复", "replied": "待核验", "verified": "已说明未销号", "waived": "暂缓",
    "cleared": "已销号",
}  # fmt: skip
KINDS = {
    "found": "发现", "changed": "内容有变", "seen": "新数据仍有", "cleared": "销号", "pushed": "推送",
    "replied": "回复", "returned": "退回重办", "transferred": "转办", "refused": "再次退回",
    "owner_decided": "裁定责任单位", "signed": "复核同意", "waived": "暂缓", "waiver_ended": "暂缓结束",
    "reminded": "到期提醒", "overdue_noticed": "逾期通知", "slow_asked": "进度较慢，要求说明",
}  # fmt: skip
RECORDED = "已记下；服务在运行的，随即重新核对，否则下一次核对起生效。"
By = Annotated[str, typer.Option(help="经办人姓名。")]


@app.command()
def issues(
    dept: Annotated[str | None, typer.Option(help="责任单位，如 medical。")] = None,
    area: Annotated[str | None, typer.Option(help="行政区划代码及其下级。")] = None,
    state: Annotated[str | None, typer.Option(help="状态：found pushed replied verified waived cleared。")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="只看逾期的。")] = False,
    rows: Annotated[bool, typer.Option("--rows", help="逐条列出，而不是只给数量。")] = False,
    as_json: Json = False,
) -> None:
    """问题台账:每条差异一个问题,有责任单位和时限(已脱敏)。"""
    settings, which = home.load(), Which(dept, area, state, overdue)
    if as_json or rows:
        found = list_issues(settings, which)
        if not found:
            _must_exist(settings, which)
        if as_json:
            print_json(found)
            return
        print_table(
            f"问题 {len(found)} 个",
            ["编号", "单位", "对象", "地区", "状态", "发现", "时限", "逾期", "责任人"],
            [
                [
                    row["issue_id"], row["owner"], row["subject_label"], row["area_code"], STATES[str(row["state"])],
                    row["found_on"], row["due_on"], "是" if row["is_overdue"] else None, row["owner_person"],
                ]
                for row in found
            ],
        )  # fmt: skip
        return
    counts = issue_counts(settings, which)
    if not counts:
        _must_exist(settings, which)
    print_table(
        "问题台账",
        ["单位", "类别", "状态", "问题数", "逾期"],
        [[row["owner"], row["category"], STATES[str(row["state"])], row["issues"], row["overdue"]] for row in counts],
    )


def _must_exist(settings: Settings, which: Which) -> None:
    known_words.sector(which.dept)
    known_words.demand("状态", which.state, STATES)
    known_words.area(settings, which.area)


@app.command()
def issue(
    issue_id: Annotated[str, typer.Argument(help="问题编号。")],
    evidence: Annotated[
        Path | None, typer.Option(file_okay=False, help="把佐证文件取出到此文件夹；须写明查看人和理由，记入审计日志。")
    ] = None,
    by: Annotated[str, typer.Option(help="查看人姓名。")] = "",
    reason: Annotated[str, typer.Option(help="查看理由。")] = "",
    as_json: Json = False,
) -> None:
    """一个问题的现状、全部经过和佐证文件(已脱敏)。"""
    settings = home.load()
    if evidence is not None:
        if not by.strip() or not reason.strip():
            raise typer.BadParameter("取出佐证文件须写明 --by 和 --reason")
        for path in show_evidence(settings, issue_id, evidence, by, reason):
            err.print(f"已取出 {path.name}")
    found = history(settings, issue_id)
    if found is None:
        err.print(f"没有编号为 {mask_digits(issue_id)[:40]} 的问题")
        raise typer.Exit(FINDINGS)
    if as_json:
        print_json(found)
        return
    now = found["issue"]
    out.print(
        f"{now['issue_id']} {now['title']}：{STATES[str(now['state'])]}{'，已逾期' if now['is_overdue'] else ''}；"
        f"责任单位 {now['owner']}，时限 {now['due_on']}"
    )
    print_table(
        "经过",
        ["日期", "事项", "单位", "谁", "审核", "之前", "之后", "说明", "依据"],
        [
            [
                row["on_date"], KINDS.get(str(row["kind"]), row["kind"]), row["sector"], row["who"], row["signer"],
                row["before"], row["after"], row["note"] or row["result"], row["source"],
            ]
            for row in found["events"]
        ],
    )  # fmt: skip
    if found["evidence"]:
        print_table(
            "佐证文件(加密存于原件库，用 --evidence 取出)",
            ["日期", "文件", "校验值", "在库"],
            [
                [one["on_date"], one["name"], one["sha256"][:12], "是" if one["is_kept"] else "否"]
                for one in found["evidence"]
            ],
        )


@app.command()
def sign(
    issue_id: Annotated[str, typer.Argument(help="问题编号。")],
    verdict: Annotated[
        officers.Verdict,
        typer.Argument(help="accept 同意说明,refuse 不同意,waive 暂缓,resume 恢复,owner 裁定责任单位。"),
    ],
    by: By,
    reason: Annotated[str, typer.Option(help="意见。")],
    until: Until = None,
    owner: Annotated[str | None, typer.Option(help="裁定的责任单位，如 water。")] = None,
    evidence: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="佐证文件；加密存入原件库。")
    ] = None,
    decided_on: AsOf = None,
) -> None:
    """扶贫部门对一个问题的复核、暂缓或裁定;记名、记意见,下一次核对起生效。"""
    settings = home.load_standing()
    asked = officers.Asked(issue_id, verdict, by, reason, until.date() if until else None, owner)
    officers.decide(settings, [asked], day(decided_on, settings), evidence)
    out.print(RECORDED)
    raise typer.Exit(DONE)


@app.command()
def assign(
    dept: Annotated[str, typer.Argument(help="责任单位，如 medical。")],
    person: Annotated[str, typer.Argument(help="责任人姓名。")],
    by: By,
    area: Annotated[str, typer.Option(help="行政区划代码；默认全县。")] = "",
    on: AsOf = None,
) -> None:
    """指定一个单位在一个地区的问题责任人;地区最具体的优先。"""
    settings = home.load_standing()
    officers.assign(settings, dept, area or settings.county, person, by, day(on, settings))
    out.print(RECORDED)


@app.command()
def baseline(name: Annotated[str, typer.Argument(help="基线名称，如 2020-07。")], by: By, on: AsOf = None) -> None:
    """冻结当前未销号问题为基线,以后按仍未销号、已解决、新增对照。"""
    settings = home.load_standing()
    frozen: date = day(on, settings)
    officers.freeze_baseline(settings, name, frozen, by)
    out.print(f"已冻结基线 {name}（{frozen}）。")
