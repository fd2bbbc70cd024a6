"""Commands that do something: simulate, ingest, check, release, reconcile, publish, templates, score, fsck, pull."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from pipeline import settings as home
from pipeline.cli.terminal import DONE, FINDINGS, REFUSED, AsOf, Json, day, err, out, print_json, print_table, progress
from pipeline.publication import reports
from pipeline.questions import known_words

app = typer.Typer()
PREFECTURE = "prefecture"

OUTCOMES = {
    "published": "已发布",
    "published_beside": "已发布在旁(早于当前发布的日期,当前发布不变)",
    "unchanged": "输入没有变化,发布保持不变",
    "empty": "还没有收到任何数据,没有发布",
    "held": "未通过关口,上一次发布保留",
}


@app.command()
def simulate(
    out_dir: Annotated[Path, typer.Option("--out", file_okay=False, help="写入的文件夹(作为 ONETABLE_HOME 使用)。")],
    seed: Annotated[int, typer.Option(help="随机种子;同一种子得到同样的字节。")] = 1,
    households: Annotated[int, typer.Option(min=1, help="建档立卡户数。")] = 5000,
    as_of: AsOf = None,
    corrupt: Annotated[float, typer.Option(min=0.0, max=1.0, help="出错户的比例。")] = 0.02,
    identity: Annotated[float, typer.Option(min=0.0, max=1.0, help="此外身份难辨户的比例。")] = 0.0,
    scale: Annotated[str | None, typer.Option(help=f"{PREFECTURE}:一个地级市的规模。")] = None,
    profile: Annotated[
        str | None, typer.Option(help="按文件校准的县:xiangyin-2020(2531人、28村)或 bairi-2018(1020人、747户)。")
    ] = None,
    counties: Annotated[int, typer.Option(min=1, help="多于 1:同属一市的几个县,各投各的文件。")] = 1,
    as_json: Json = False,
) -> None:
    """生成一个虚拟县:各部门投递的文件,以及它们哪里有错的真相。"""
    from simulator import simulate as run
    from simulator.prefecture import simulate_prefecture
    from simulator.profiles import PROFILES

    known_words.demand("校准县", profile, PROFILES)
    known_words.demand("规模", scale, (PREFECTURE,))
    day = as_of.date() if as_of else date(2020, 6, 30)
    with progress(quiet=as_json) as step:
        common = {"seed": seed, "households": households, "as_of": day, "corrupt": corrupt, "progress": step}
        if counties > 1:
            report = simulate_prefecture(out_dir, counties=counties, **common)
        else:
            report = run(out_dir, identity=identity, scale=scale, profile=profile, **common)
    if as_json:
        print_json(report.to_json())
    else:
        print_table("已生成", ["文件", "行数"], [[name, rows] for name, rows in report.files.items()])


@app.command()
def ingest(
    sector: Annotated[list[str] | None, typer.Option(help="只收这些行业;默认全部。")] = None,
    received_on: AsOf = None,
    gate: Annotated[bool, typer.Option(help="是否运行 Great Expectations 入库关口。")] = True,
    as_json: Json = False,
) -> None:
    """接收 ingest/ 下等待的全部文件,写入数据仓库并出具回执。"""
    from pipeline.receiving.ingest import ingest_waiting
    from pipeline.receiving.landing import LandingGate

    settings = home.load()
    for name in sector or ():
        known_words.sector(name)
    landing_gate: LandingGate | None = None
    meanwhile: Callable[[], None] | None = None
    if gate:
        from expectations.gate import check_landing, get_ready

        landing_gate, meanwhile = check_landing, get_ready
    with progress(quiet=as_json) as step:
        results = ingest_waiting(
            settings,
            sectors=sector or None,
            received_on=day(received_on, settings),
            received_at=settings.now(),
            landing_gate=landing_gate,
            meanwhile=meanwhile,
            progress=step,
        )
    if as_json:
        print_json([item.to_json() for item in results])
    elif results:
        print_table(
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
    from pipeline.night.reconcile import reconcile as run

    settings = home.load()
    with progress(quiet=as_json) as step:
        report = run(settings, day(as_of, settings), progress=step, force=force)
    if as_json:
        print_json(report.to_json())
    else:
        told = [OUTCOMES[report.outcome], f"导出 sha256 {report.export_sha256}" if report.export_sha256 else None]
        out.print(f"{report.as_of}:{';'.join(part for part in (*told, report.problem) if part)}")
        print_table("用时", ["步骤", "秒"], [[step_["name"], f"{step_['seconds']:.1f}"] for step_ in report.steps])
    raise typer.Exit(FINDINGS if report.outcome == "held" else DONE)


@app.command()
def publish(
    rollback: Annotated[bool, typer.Option("--rollback", help="退回上一次发布。")] = False, as_json: Json = False
) -> None:
    """查看当前发布,或退回上一次发布。"""
    settings = home.load_standing()
    if rollback:
        from pipeline.night.rollback import roll_back as run

        run(settings)
    found = reports.manifest(settings)
    if as_json:
        print_json(found)
    else:
        out.print(f"当前发布:{found['as_of']},运行 {found['run_id']},导出 sha256 {found['export_sha256']}")


@app.command()
def release(
    submission_id: Annotated[str, typer.Argument(help="被扣留文件的编号(见 onetable status)。")],
    by: Annotated[str, typer.Option(help="放行人姓名。")],
    reason: Annotated[str, typer.Option(help="放行理由。")],
) -> None:
    """放行因行数骤减而扣留的文件;记名、记理由。"""
    from expectations.gate import check_landing
    from pipeline.receiving.release import release as run

    settings = home.load()
    result = run(
        settings,
        submission_id,
        by=by,
        reason=reason,
        received_on=settings.clock(),
        received_at=settings.now(),
        landing_gate=check_landing,
    )
    out.print(f"{submission_id}:{result.status}")


@app.command()
def check(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="要检查的文件。")],
    feed: Annotated[str, typer.Option(help="报表,如 medical/enrolments。")],
    received_on: AsOf = None,
    as_json: Json = False,
) -> None:
    """检查一个文件而不接收它;退出码 0 合格,1 有错误行,2 拒收或扣留。"""
    from pipeline.cli.checked import show
    from pipeline.receiving.check import check_file

    settings = home.load()
    known_words.feed(feed)
    result = check_file(settings, file, feed, received_on=day(received_on, settings))
    if as_json:
        print_json(result.to_json())
    else:
        show(result)
    clean = {"accepted": DONE, "nil": DONE, "duplicate": DONE, "accepted_with_errors": FINDINGS}
    raise typer.Exit(clean.get(result.status, REFUSED))


@app.command()
def templates(out_dir: Annotated[Path, typer.Option("--out", file_okay=False, help="写入的文件夹。")]) -> None:
    """为每类报表生成空白模板。"""
    from pipeline.receiving.templates import write_templates

    written = write_templates(out_dir)
    out.print(f"已写入 {len(written)} 个模板:{out_dir}")


@app.command()
def score(
    truth: Annotated[Path, typer.Option(exists=True, file_okay=False, help="模拟县的 truth 文件夹。")],
    show: Annotated[bool, typer.Option("--show", help="列出最先的差异(人员只显示标识)。")] = False,
    as_json: Json = False,
) -> None:
    """与模拟县的真相对照:各规则、各原因代码的查全率与查准率,关联错误,指标、卡别与名单的差异,身份核实建议。"""
    from pipeline.scoring.score import differences, missing_files
    from pipeline.scoring.score import score as run

    if missing := missing_files(truth):
        raise typer.BadParameter(f"不是模拟县的 truth 文件夹:缺少 {'、'.join(missing)}", param_hint="--truth")
    settings = home.load()
    if show:
        print_json(differences(settings, truth))
        return
    found = run(settings, truth)
    if as_json:
        print_json(found)
        return
    for part, title in (("rules", "规则"), ("intake", "接收原因代码")):
        print_table(
            title,
            ["代码", "应有", "找到", "查全率", "查准率"],
            [
                [code, line["expected"], line["found"], line["recall"], line["precision"]]
                for code, line in found[part].items()
            ],
        )
    out.print(f"关联 {found['links']}")
    out.print(f"指标 {found['indicators']}")
    out.print(f"卡别 {found['cards']}")
    print_table(
        f"名单(相差 {found['lists']['different']})",
        ["名单", "应有", "找到"],
        [[name, line["expected"], line["found"]] for name, line in found["lists"]["by_list"].items()],
    )
    for rule_id, reason in found["not_run"].items():
        out.print(f"未运行:{rule_id} {reason}")
    proposed = {name: value for name, value in found["proposals"].items() if name not in ("exact", "by_damage")}
    out.print(f"精确关联 {found['proposals']['exact']}")
    out.print(f"身份核实建议 {proposed}")


@app.command()
def fsck(as_json: Json = False) -> None:
    """核对原件库、数据仓库与发布是否一致。"""
    from pipeline.upkeep.fsck import fsck as run

    findings = run(home.load_standing())
    if as_json:
        print_json(findings)
    elif findings:
        print_table("不一致", ["发现"], [[finding] for finding in findings])
    else:
        out.print("一致。")
    raise typer.Exit(FINDINGS if findings else DONE)


@app.command()
def pull(
    name: Annotated[list[str] | None, typer.Option(help="只拉取这些来源;默认 connections.toml 中的全部。")] = None,
    as_json: Json = False,
) -> None:
    """从 connections.toml 所列的数据库、SFTP、HTTP 来源拉取新数据,放进投递文件夹。"""
    from connectors.sources.errors import ConfigurationError
    from pipeline.receiving.pull import DELIVERED, UNCHANGED
    from pipeline.receiving.pull import pull as run

    settings = home.load()
    try:
        with progress(quiet=as_json) as step:
            results = run(settings, pulled_on=settings.now(), names=name or None, progress=step)
    except ConfigurationError as problem:
        err.print(str(problem))
        raise typer.Exit(REFUSED) from None
    if as_json:
        print_json([item.to_json() for item in results])
    elif results:
        print_table(
            "已拉取",
            ["来源", "报表", "结果", "文件", "行", "说明"],
            [[item.name, item.feed, item.outcome, " ".join(item.files), item.rows, item.error] for item in results],
        )
    else:
        out.print("没有配置来源(connections.toml),什么都没有拉取。")
    raise typer.Exit(DONE if all(item.outcome in (DELIVERED, UNCHANGED) for item in results) else FINDINGS)
