"""Commands on deliveries: their history, and the proof of receipt."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline import settings as home
from pipeline.cli.terminal import DONE, FINDINGS, REFUSED, Json, err, out, print_json, print_table
from pipeline.questions import known_words
from pipeline.receiving import deliveries

app = typer.Typer()

_MODES = {"full": "全量", "increment": "增量", "correction": "更正", "withdrawal": "撤销", "nil": "零报告"}


@app.command()
def submissions(
    feed: Annotated[str | None, typer.Option(help="只看这类报表,如 medical/enrolments。")] = None,
    as_json: Json = False,
) -> None:
    """报送历史:每个版本何时收到、结果如何、是否被放行或被后来的版本取代。"""
    found = deliveries.submissions(home.load_standing(), feed)
    if not found:
        known_words.feed(feed)
    if as_json:
        print_json(found)
        return
    print_table(
        f"报送历史({len(found)} 批)",
        ["批次", "文件", "方式", "期间", "接收日", "结果", "行", "退回", "后续"],
        [
            [
                one["submission_id"],
                one["file_name"],
                _MODES.get(str(one["mode"])),
                one["period"],
                one["received_on"],
                one["status_zh"],
                one["rows_in"],
                one["rows_rejected"],
                _after(one),
            ]
            for one in found
        ],
    )


def _after(one: dict[str, object]) -> str | None:
    if one["released_as"]:
        return f"已放行为 {one['released_as']}"
    return f"已被 {one['superseded_by']} 取代" if one["superseded_by"] else None


@app.command()
def receipt(
    what: Annotated[str, typer.Argument(metavar="SHA256|FILE", help="文件,或回执上的文件校验值(至少前8位)。")],
    as_json: Json = False,
) -> None:
    """送达证明:这份文件何时收到、作为哪一批、原件是否仍完好;退出码 0 收到且完好,1 未收到或已损坏。"""
    found = deliveries.receipt(home.load_standing(), what)
    if found is None:
        err.print("找不到这个文件,也不是校验值。")
        raise typer.Exit(REFUSED)
    if as_json:
        print_json(found)
    elif not found["is_received"]:
        out.print(f"没有收到过校验值为 {found['sha256']} 的文件。")
    else:
        print_table(
            f"送达证明 {found['sha256']}",
            ["批次", "文件", "接收时间", "结果"],
            [
                [one["submission_id"], one["file_name"], one["received_at"] or one["received_on"], one["status_zh"]]
                for one in found["submissions"]
            ],
        )
        out.print("原件完好:现在重新计算的校验值与收到时一致。" if found["is_intact"] else "原件已不在库中或已损坏!")
    raise typer.Exit(DONE if found["is_received"] and found["is_intact"] else FINDINGS)
