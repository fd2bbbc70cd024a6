"""The words that an error workbook and its reader share: how a mended one is known again when it comes back.

Data in: facts of a delivery. Data out: one line of text above the sender's rows, and the facts read from such a line.
Not here: writing the workbook (connectors/outbox) and reading a returned one (connectors/intake/returned.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

SHEET = "错误明细"
HEADERS = ("工作表", "行号", "列名", "原值", "级别", "原因代码", "说明", "如何修改")
REJECTED = "退回"
HINT = "提示"
MENDING_SHEET = "更正报送"
WORDS_SHEET = "代码表"
"""Hidden sheet of our own templates: the words of their drop-down lists."""
LINKS = ("原工作表", "原行号")
"""Last two columns of a sheet for mending: where each row stood in the file it came from."""

_BATCH = "原批次"
_LABELS = {
    "mode": "报送方式",
    "area_code": "报送地区",
    "period": "所属期",
    "money_unit": "单位",
    "coverage": "覆盖范围",
    "definition_version": "口径版本",
}
_PART = re.compile(rf"({'|'.join((_BATCH, *_LABELS.values()))})[:：]([^\s　:：]+)")
_POOR_ONLY = "仅建档立卡"
_MODE_WORDS = {"full": "全量", "increment": "增量", "correction": "更正", "withdrawal": "撤销"}


def facts_line(submission_id: str, facts: Mapping[str, str | None]) -> str:
    """The line; ``facts`` has the keys of a side file (feeds.md section 2)."""
    coverage = _POOR_ONLY if facts.get("coverage") == "jd" else None
    stated = {**facts, "mode": _MODE_WORDS.get(facts.get("mode") or "", "更正"), "coverage": coverage}
    parts = [f"{label}：{stated[key]}" for key, label in _LABELS.items() if stated.get(key)]
    return "　".join((f"{_BATCH}：{submission_id}", *parts))


def facts_of(text: str | None) -> dict[str, object]:
    """The facts in such a line, as a side file would state them; none where it is another text."""
    found = dict(_PART.findall(text or ""))
    if _BATCH not in found or _LABELS["mode"] not in found:
        return {}
    stated: dict[str, object] = {key: found[label] for key, label in _LABELS.items() if label in found}
    return stated | ({"coverage": "jd"} if stated.get("coverage") == _POOR_ONLY else {})
