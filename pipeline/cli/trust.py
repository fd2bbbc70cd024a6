"""Commands that keep the home: backup, restore, rebuild, retention, keys, audit, reveal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline import settings as home
from pipeline.cli.terminal import DONE, FINDINGS, AsOf, Json, day, out, print_json, print_table, progress
from pipeline.cli.usage import ChineseGroup

app = typer.Typer()
keys_app = typer.Typer(help="密钥。", no_args_is_help=True, cls=ChineseGroup)
audit_app = typer.Typer(
    help="审计日志:谁在什么时候看过、改过、放行过、用过密钥。", no_args_is_help=True, cls=ChineseGroup
)


@audit_app.command("verify")
def audit_verify(as_json: Json = False) -> None:
    """核对审计日志的校验链与锚点;改动任何一个字节、截去任何一条都会被发现。"""
    from pipeline.audit import verify

    findings = verify(home.load_standing())
    if as_json:
        print_json(findings)
    elif findings:
        print_table("审计日志", ["发现"], [[finding] for finding in findings])
    else:
        out.print("审计日志完整。")
    raise typer.Exit(FINDINGS if findings else DONE)


@audit_app.command("show")
def audit_show(as_json: Json = False) -> None:
    """列出审计日志(经办人已脱敏)。"""
    from pipeline.audit import show

    events = show(home.load_standing())
    if as_json:
        print_json(events)
        return
    print_table(
        "审计日志",
        ["序号", "时间(UTC)", "账户 / 经办人", "事件", "内容"],
        [
            [
                event["seq"],
                event["at"],
                event["actor"],
                event["title"],
                " ".join(f"{name}={value}" for name, value in sorted(event["facts"].items()) if value is not None),
            ]
            for event in events
        ],
    )


@app.command()
def backup(
    to: Annotated[
        Path | None, typer.Option(file_okay=False, help="备份写入的文件夹;默认 ONETABLE_HOME/backup。")
    ] = None,
    on: AsOf = None,
) -> None:
    """备份数据库、原件与设置(均已加密,不含密钥)。"""
    from pipeline.upkeep.backup import back_up

    settings = home.load_standing()
    folder = back_up(settings, to or settings.home / "backup", day(on, settings))
    out.print(f"已备份:{folder};密钥不在其中,请另行保管 {settings.keys}。")


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="备份文件夹 backup-<日期>。")],
    keys: Annotated[Path | None, typer.Option(exists=True, file_okay=False, help="另行保管的密钥文件夹。")] = None,
) -> None:
    """把备份恢复到空的 ONETABLE_HOME,并核对。"""
    from pipeline.upkeep.backup import restore as run
    from pipeline.upkeep.fsck import fsck

    settings = home.load()
    count = run(settings, folder, keys=keys)
    findings = fsck(home.load())
    out.print(f"已恢复 {count} 个文件;请运行 onetable reconcile 重新发布。")
    if findings:
        print_table("不一致", ["发现"], [[finding] for finding in findings])
    raise typer.Exit(FINDINGS if findings else DONE)


@app.command()
def rebuild(as_json: Json = False) -> None:
    """只用原件库与密钥重建数据仓库和身份库;现有的移到一旁,不覆盖。"""
    from pipeline.upkeep.rebuild import rebuild as run

    with progress(quiet=as_json) as step:
        findings = run(home.load(), progress=step)
    if as_json:
        print_json(findings)
    elif findings:
        print_table("未能重建", ["发现"], [[finding] for finding in findings])
    else:
        out.print("已重建;请运行 onetable reconcile 重新发布。")
    raise typer.Exit(FINDINGS if findings else DONE)


@app.command()
def retention(
    apply: Annotated[bool, typer.Option("--apply", help="删除此前已列出过的;不写时只列出。")] = False,
    on: AsOf = None,
    as_json: Json = False,
) -> None:
    """按保存期清理:先列出,--apply 只删除此前列出过的;删除记入审计日志。"""
    from pipeline.upkeep.housekeeping import keep_house

    settings = home.load_standing()
    done = keep_house(settings, day(on, settings), dry_run=not apply)
    if as_json:
        print_json(done.to_json())
    else:
        print_table(
            "已删除" if apply else "将删除(未删除任何内容)",
            ["什么", "数量"],
            [
                ["原件", len(done.expired_originals)],
                ["回执和清单", len(done.expired_answers)],
                ["明细行所属批次", len(done.expired_rows)],
                ["仍含这些行的旧发布", len(done.expired_publications)],
                ["已销号问题与身份认定中的姓名和取值", done.expired_values],
                ["重建时移开的旧库", done.set_aside],
                ["不再出现的人员", done.forgotten_people if apply else None],
                ["已到期、此前未列出而保留的", done.waiting if apply else None],
                ["核对发现", len(done.findings)],
            ],
        )
    raise typer.Exit(FINDINGS if done.findings else DONE)


@app.command("setup-server")
def setup_server(
    apply: Annotated[bool, typer.Option("--apply", help="以 root 执行;不写时只列出。")] = False,
    sftp: Annotated[Path, typer.Option(help="各部门 SFTP 根目录的上级。")] = Path("/srv/onetable/sftp"),
) -> None:
    """为各部门准备 Unix 账户、文件夹权限与 SFTP 配置;先列出,--apply 才执行。"""
    import shlex

    from pipeline.upkeep import server

    settings, plan = home.load(), server.Server(sftp=sftp)
    if apply:
        server.apply(settings, plan)
        out.print(f"已完成;请检查 {plan.sshd} 并重新加载 sshd,把各部门公钥放入 {plan.keys}。")
        return
    for command in server.commands(settings, plan):
        out.print(shlex.join(command), soft_wrap=True)
    out.print(f"\n# {plan.sshd}\n{server.sshd_config(plan)}")


@keys_app.command("rotate")
def keys_rotate(as_json: Json = False) -> None:
    """更换数据库与身份库的密钥:用新密钥重写全部加密文件;标识密钥不变,旧备份仍用旧密钥。"""
    from pipeline.keys import rotate

    done = rotate(home.load_standing())
    if as_json:
        print_json(done)
    else:
        out.print(f"已用新密钥重写 {len(done)} 个文件;请把 keys/ 另存一份到备份之外的地方。")


@app.command()
def reveal(
    subject: Annotated[str, typer.Argument(help="人员标识、户编号或问题编号。")],
    by: Annotated[str, typer.Option(help="查看人姓名。")],
    reason: Annotated[str, typer.Option(help="查看理由。")],
    as_json: Json = False,
) -> None:
    """查看一个人或一户的未脱敏信息;先记入审计日志,再显示。"""
    from pipeline.questions.reveal import reveal as run

    found = run(home.load(), subject, by=by, reason=reason)
    if as_json:
        print_json(found)
        return
    print_table(
        "未脱敏信息(本次查看已记入审计日志)",
        ["户编号", "姓名", "身份证号码", "与户主关系", "出生日期", "行政区划"],
        [
            [row["hh_no"], row["name"], row["id_no"], row["relation"], row["birth_date"], row["area_code"]]
            for row in found
        ],
    )
