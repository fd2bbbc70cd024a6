"""What ``onetable check`` shows a person: the verdict, every reason with its mend, every row with what is wrong.

Data in: the result of reading one file. Data out: Chinese text on the terminal.
Not here: the form for programs (Result.to_json) and the workbooks that the service sends back.
"""

from __future__ import annotations

from connectors.contract import reasons
from connectors.intake.result import COUNTS, Result
from connectors.outbox.receipt import COUNT_WORDS, STATUS_WORDS
from pipeline.cli.terminal import out, print_table

_MOST_ROWS = 200


def show(result: Result) -> None:
    """Print one result."""
    texts = reasons()
    out.print(f"结果：{STATUS_WORDS[result.status]}")
    if result.counts.get("rows_in"):
        words = dict(COUNT_WORDS)
        out.print("；".join(f"{words[name].removeprefix('其中：')} {result.counts.get(name, 0)}" for name in COUNTS))
    for code in result.reasons:
        detail = f"：{result.details[code]}" if code in result.details else ""
        out.print(f"{texts[code].zh}{detail}（{code}）。{texts[code].mend_zh}")
    for note in result.notes:
        out.print(f"另请注意：{note}")
    listed: list[list[object]] = [
        [place, "；".join(f"{texts[code].zh}（{code}）" for code in codes)]
        for place, codes in list(result.rows.items())[:_MOST_ROWS]
    ]
    if listed:
        more = f"，共 {len(result.rows)} 行，只列前 {_MOST_ROWS} 行" if len(result.rows) > _MOST_ROWS else ""
        print_table(f"逐行结果（工作表!行号{more}）", ["行", "说明"], listed)
