"""Reading one block of settings, of connections.toml or county.toml: every value checked, every problem told.

Data in: the values of a TOML table. Data out: typed values; :attr:`Block.problems`.
Not here: which settings there are (connectors/sources/config.py).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

_SECRET = re.compile(r"passw|secret|token|api_?key|private_?key|credential|口令|密码", re.IGNORECASE)
_DURATION = re.compile(r"(\d+)\s*([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Block:
    """A table that is asked key by key; what nobody asked for is a problem too."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = dict(values)
        self._asked: set[str] = set()
        self.problems: list[str] = [
            f"“{place}”：口令、密钥不写在文件里，请放进 Airflow 连接 / secrets belong into an Airflow connection"
            for place in _secrets(values)
        ]

    def wrong(self, key: str, zh: str, en: str) -> None:
        """Note a problem with ``key``."""
        self.problems.append(f"“{key}”：{zh} / '{key}': {en}")

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self._values

    def text(
        self, key: str, default: str = "", *, required: bool = False, choices: Collection[str] = (), form: str = ""
    ) -> str:
        """A text; ``form`` is a regular expression that it has to match as a whole."""
        value = self._take(key)
        if value is None:
            if required:
                self.wrong(key, "缺少此项", "missing")
            return default
        if not isinstance(value, str) or not value.strip():
            self.wrong(key, "应为文字", "must be a text")
            return default
        if choices and value not in choices:
            self.wrong(key, f"只能是 {'、'.join(choices)}", f"must be one of {', '.join(choices)}")
            return default
        if form and not re.fullmatch(form, value):
            self.wrong(key, "写法不对", f"does not have the form {form}")
            return default
        return value

    def number(self, key: str, default: float, *, least: float = 0.0, most: float = 1e12) -> float:
        """A number between ``least`` and ``most``."""
        value = self._take(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            self.wrong(key, f"应为 {least:g} 到 {most:g} 的数", f"must be a number from {least:g} to {most:g}")
            return default
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        """Yes or no."""
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.wrong(key, "应为 true 或 false", "must be true or false")
            return default
        return value

    def words(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self._take(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(item and type(item) in (str, int) for item in value):
            self.wrong(key, "应为文字的列表", "must be a list of texts")
            return ()
        return tuple(map(str, value))

    def day(self, key: str) -> date | None:
        """A day, as TOML writes one or as a text of the same form."""
        value = self._take(key)
        if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.wrong(key, '应为日期，如 "2020-07-08"', 'must be a day such as "2020-07-08"')
            return None

    def pairs(self, key: str) -> dict[str, str]:
        """A table of texts."""
        value = self._take(key)
        if value is None:
            return {}
        if not isinstance(value, dict) or not all(isinstance(item, str | int) for item in value.values()):
            self.wrong(key, '应为表，如 "身份证号" = "id_no"', "must be a table of texts")
            return {}
        return {name: str(item) for name, item in value.items()}

    def distance(self, key: str) -> int | timedelta:
        """A number, or a time such as ``"90m"``, ``"2h"``, ``"3d"``."""
        value = self._take(key)
        if value is None:
            return 0
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        found = _DURATION.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            self.wrong(key, '应为整数或时长，如 "2h"', 'must be a number or a time such as "2h"')
            return 0
        return timedelta(seconds=int(found[1]) * _SECONDS[found[2]])

    def finish(self) -> None:
        """Note what nobody asked for."""
        for key in self._values.keys() - self._asked:
            near = difflib.get_close_matches(key, self._asked, n=1)
            self.wrong(
                key,
                "没有这项设置" + (f"，是否为“{near[0]}”？" if near else ""),
                "no such setting" + (f", did you mean '{near[0]}'?" if near else ""),
            )

    def _take(self, key: str) -> object:
        self._asked.add(key)
        return self._values.get(key)


def _secrets(values: Mapping[str, object], above: str = "") -> list[str]:
    """Keys that look as if their value were a secret, at any depth; the columns map is data, not settings."""
    found = []
    for key, value in values.items():
        if isinstance(value, Mapping):
            if key != "columns":
                found += _secrets(value, f"{above}{key}.")
        elif _SECRET.search(key):
            found.append(above + key)
    return found
