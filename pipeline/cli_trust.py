"""Commands that keep the home: audit, reveal."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline import settings as home
from pipeline.terminal import DONE, FINDINGS, Json, out, print_json, print_table

app = typer.Typer()
keys_app = typer.Typer(help="密钥。", no_args_is_help=True)
audit_app = typer.Typer(help="审计日志:谁在什么时候看过、改过、放行过、用过密钥。", no_args_is_help=True)


@audit_app.command("verify")
def audit_verify(as_json: Json = False) -> None:
    """核对审计日志的校验链与锚点;改动任何一个字节、截去任何一条都会被发现。"""
    from pipeline.audit import verify

    findings = verify(home.load())
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

    events = show(home.load())
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


@keys_app.command("rotate")
def keys_rotate(as_json: Json = False) -> None:
    """更换数据库与身份库的密钥:用新密钥重写全部加密文件;标识密钥不变,旧备份仍用旧密钥。"""
    from pipeline.keys import rotate

    done = rotate(home.load())
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
    from pipeline.reveal import reveal as run

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
