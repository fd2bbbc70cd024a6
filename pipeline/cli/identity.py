"""Commands about doubtful identities: decide."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from identity.decisions import Kind
from pipeline import settings as home
from pipeline.cli.terminal import DONE, FINDINGS, AsOf, Json, Until, day, out, print_json

app = typer.Typer()


@app.command()
def decide(
    case_id: Annotated[str | None, typer.Argument(help="核实编号(身份核实清单)或问题编号(R001、R006)。")] = None,
    kind: Annotated[
        Kind | None, typer.Argument(help="same 同一人,different 不是,correct_id 号码应为,two_people 两个人。")
    ] = None,
    by: Annotated[str, typer.Option(help="经办人姓名。")] = "",
    reason: Annotated[str, typer.Option(help="理由。")] = "",
    until: Until = None,
    workbook: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="填好的身份核实清单。")] = None,
    decided_on: AsOf = None,
    as_json: Json = False,
) -> None:
    """记下经办人对身份的决定;下一次核对起生效,每晚重放。"""
    from pipeline.decisions.decide import Asked, read_workbook
    from pipeline.decisions.decide import decide as run

    settings = home.load()
    on = day(decided_on, settings)
    if workbook is not None:
        asked = read_workbook(workbook, settings.work)
    elif case_id is not None and kind is not None:
        # The number is asked for, so that it does not stay in the shell's history.
        id_no = typer.prompt("正确号码", hide_input=True) if kind is Kind.CORRECT_ID else None
        asked = [Asked(case_id, kind, by, reason, until.date() if until else None, id_no)]
    else:
        raise typer.BadParameter("须给出编号和决定,或用 --workbook 给出核实清单")
    new = run(settings, asked, on)
    if as_json:
        print_json({"decisions": len(asked), "new": new})
    else:
        out.print(f"已记下 {new} 条决定(共 {len(asked)} 条);下一次核对起生效。")
    raise typer.Exit(DONE if asked else FINDINGS)
