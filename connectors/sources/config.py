"""The connections file: one block per pull source, checked before anything is fetched.

Data in: the text of ``<home>/connections.toml``. Data out: :class:`Source` per block, or its problems.
Not here: secrets. A block names an Airflow connection; a key that looks like a secret is refused.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from urllib.parse import urlsplit

from connectors.contract import FEED_NAMES
from connectors.intake.periods import parse_period
from connectors.sources.block import Block
from connectors.sources.errors import ConfigurationError

FILE_NAME = "connections.toml"
MODES = ("全量", "增量", "更正", "撤销")
_NAME = r"[a-z][a-z0-9_]{0,39}"
_A_DAY = date(2020, 6, 30)
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_GIB = 1 << 30
_MIB = 1 << 20


@dataclass(frozen=True)
class SqlSpec:
    """A table or a query of a database. ``columns``: header of the file → column of the source."""

    columns: Mapping[str, str]
    table: str = ""
    query: str = ""
    watermark: str = ""
    overlap: int | timedelta = 0
    order_by: tuple[str, ...] = ()
    driver: str = ""
    batch_rows: int = 10_000
    timeout_seconds: float = 600.0


@dataclass(frozen=True)
class SftpSpec:
    """Files in a folder of an SFTP server whose host key is known."""

    folder: str
    pattern: str = "*"
    known_hosts: tuple[str, ...] = ()
    known_hosts_file: str = ""
    stable_seconds: float = 10.0
    timeout_seconds: float = 60.0
    max_bytes: int = 2 * _GIB
    deletes_remote: bool = False


@dataclass(frozen=True)
class HttpSpec:
    """JSON records or CSV behind a URL, in one answer or in pages."""

    url: str
    format: str = "json"
    columns: Mapping[str, str] = field(default_factory=dict)
    records: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    auth: str = "none"
    auth_header: str = "X-Api-Key"
    paging: str = "none"
    page_param: str = "page"
    first_page: int = 1
    size_param: str = ""
    page_size: int = 0
    short_page_ends: bool = False
    cursor_param: str = "cursor"
    cursor: str = ""
    total: str = ""
    total_pages: str = ""
    has_more: str = ""
    max_pages: int = 10_000
    attempts: int = 5
    backoff_seconds: float = 0.5
    max_wait_seconds: float = 120.0
    requests_per_minute: float = 0.0
    timeout_seconds: float = 60.0
    max_bytes: int = 2 * _GIB
    max_page_bytes: int = 64 * _MIB
    encoding: str = "utf-8"
    allow_unsized: bool = False
    ca_file: str = ""


Spec = SqlSpec | SftpSpec | HttpSpec


@dataclass(frozen=True)
class Source:
    """One block: what is fetched from where, for which feed."""

    name: str
    feed: str
    connection: str
    spec: Spec
    stated: Mapping[str, str] = field(default_factory=dict)
    """Keys of the side file (feeds.md section 2); ``period`` may hold {yyyy}, {mm}, {dd} of the day of the pull."""

    @property
    def kind(self) -> str:
        """The word in the block."""
        return {SqlSpec: "sql", SftpSpec: "sftp", HttpSpec: "http"}[type(self.spec)]

    def side(self, pulled_on: date) -> dict[str, str]:
        """The side file of what is pulled on this day."""
        return {key: _filled(value, pulled_on) if key == "period" else value for key, value in self.stated.items()}


def read_sources(text: str) -> dict[str, Source | ConfigurationError | None]:
    """Name → source, its problems, or None where the block is switched off.

    Raises:
        ConfigurationError: the file as a whole cannot be read.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{FILE_NAME} 不是有效的 TOML：{error} / is not valid TOML") from None
    blocks = values.pop("sources", {})
    if values or not isinstance(blocks, dict):
        raise ConfigurationError(f"{FILE_NAME} 只能有 [sources.<名称>] 段 / may only hold tables [sources.<name>]")
    return {name: _source(name, block) for name, block in blocks.items()}


def _source(name: str, values: object) -> Source | ConfigurationError | None:
    block = Block(values if isinstance(values, dict) else {})
    if not block.flag("enabled", default=True):
        return None
    kind = block.text("kind", required=True, choices=("sql", "sftp", "http"))
    feed = block.text("feed", required=True)
    if feed and feed not in FEED_NAMES:
        block.wrong("feed", "没有这个报表，应为 行业/报表，如 medical/enrolments", "no such feed")
    connection = block.text("connection", name, form=_NAME)
    stated = _stated(block)
    spec: Spec | None = None
    if kind == "sql":
        spec = _sql(block)
        if spec.watermark and stated.setdefault("mode", "增量") == "全量":
            block.wrong(
                "mode",
                "有 watermark 时每次只取变动，不能是全量：其余的人会被当作已退出",
                "with a watermark only changes are fetched: as a whole list they would drop everybody else",
            )
    elif kind == "sftp":
        spec = _sftp(block)
    elif kind == "http":
        spec = _http(block)
    if kind:
        block.finish()
    if not Block({"name": name}).text("name", form=_NAME):
        block.wrong(name, "名称只用小写字母、数字和下划线", "a name is lower-case letters, digits and _")
    if block.problems or spec is None:
        return ConfigurationError(f"{FILE_NAME} [sources.{name}] " + "；".join(block.problems))
    return Source(name, feed, connection, spec, stated)


def _stated(block: Block) -> dict[str, str]:
    stated = {
        "mode": block.text("mode", choices=MODES),
        "period": block.text("period"),
        "area_code": block.text("area_code", form=r"\d{6}|\d{9}|\d{12}"),
        "as_of": block.text("as_of", form=r"\d{4}-\d{2}-\d{2}"),
        "department": block.text("department"),
        "money_unit": block.text("money_unit", choices=("元", "万元")),
        "coverage": block.text("coverage", choices=("all", "jd")),
        "definition_version": block.text("definition_version"),
    }
    if stated["period"] and parse_period(_filled(stated["period"], _A_DAY)) is None:
        block.wrong("period", '写法不对，如 "2020"、"{yyyy}{mm}"', 'no period; for example "2020", "{yyyy}{mm}"')
    return {key: value for key, value in stated.items() if value}


def _filled(period: str, day: date) -> str:
    return period.replace("{yyyy}", f"{day:%Y}").replace("{mm}", f"{day:%m}").replace("{dd}", f"{day:%d}")


def _columns(block: Block) -> dict[str, str]:
    columns = block.pairs("columns")
    if not columns:
        block.wrong("columns", '缺少字段对照，如 "身份证号" = "id_no"', "the table header → source column is missing")
    return columns


def _sql(block: Block) -> SqlSpec:
    if block.has("overlap") and not block.has("watermark"):
        block.wrong("overlap", "没有 watermark 就没有可重读的部分", "there is nothing to overlap without a watermark")
    if block.has("table") == block.has("query"):
        block.wrong("table", "table 与 query 必须且只能写一个", "exactly one of table and query is needed")
    return SqlSpec(
        columns=_columns(block),
        table=block.text("table"),
        query=block.text("query").strip().rstrip(";"),
        watermark=block.text("watermark"),
        overlap=block.distance("overlap"),
        order_by=block.words("order_by"),
        driver=block.text("driver", form=r"[a-z0-9_]+(\+[a-z0-9_]+)?"),
        batch_rows=int(block.number("batch_rows", 10_000, least=1, most=1_000_000)),
        timeout_seconds=block.number("timeout_seconds", 600, least=1, most=86_400),
    )


def _sftp(block: Block) -> SftpSpec:
    if block.has("known_hosts") == block.has("known_hosts_file"):
        block.wrong(
            "known_hosts",
            "必须写明服务器的主机公钥（known_hosts 或 known_hosts_file 之一）",
            "the server's host key is needed, by known_hosts or known_hosts_file",
        )
    return SftpSpec(
        folder=block.text("folder", required=True),
        pattern=block.text("pattern", "*"),
        known_hosts=block.words("known_hosts"),
        known_hosts_file=block.text("known_hosts_file"),
        stable_seconds=block.number("stable_seconds", 10, most=600),
        timeout_seconds=block.number("timeout_seconds", 60, least=1, most=3600),
        max_bytes=int(block.number("max_bytes", 2 * _GIB, least=1)),
        deletes_remote=block.flag("deletes_remote"),
    )


def _http(block: Block) -> HttpSpec:
    url = block.text("url", required=True)
    _check_url(block, url)
    form = block.text("format", "json", choices=("json", "csv"))
    paging = block.text("paging", "none", choices=("none", "page", "cursor", "link"))
    if paging == "cursor" and not block.has("cursor"):
        block.wrong("cursor", "缺少下一页标记的位置", "where the next cursor stands is missing")
    needs_size = paging == "page" and not (block.has("total_pages") or block.has("total") or block.has("has_more"))
    if needs_size and not block.has("page_size"):
        block.wrong("page_size", "需要 page_size、total、total_pages 或 has_more 才能判断最后一页",
                    "the last page cannot be told without page_size, total, total_pages or has_more")  # fmt: skip
    if form == "csv" and (paging == "cursor" or any(map(block.has, ("total", "total_pages", "has_more", "records")))):
        block.wrong("format", "csv 只支持 page 与 link 分页，不能取 JSON 字段", "csv has no JSON fields to look at")
    return HttpSpec(
        url=url,
        format=form,
        columns=_columns(block) if form == "json" else block.pairs("columns"),
        records=block.text("records"),
        params=block.pairs("params"),
        auth=block.text("auth", "none", choices=("none", "basic", "bearer", "header")),
        auth_header=block.text("auth_header", "X-Api-Key", form=r"[A-Za-z0-9-]+"),
        paging=paging,
        page_param=block.text("page_param", "page"),
        first_page=int(block.number("first_page", 1)),
        size_param=block.text("size_param"),
        page_size=int(block.number("page_size", 0)),
        short_page_ends=block.flag("short_page_ends"),
        cursor_param=block.text("cursor_param", "cursor"),
        cursor=block.text("cursor"),
        total=block.text("total"),
        total_pages=block.text("total_pages"),
        has_more=block.text("has_more"),
        max_pages=int(block.number("max_pages", 10_000, least=1)),
        attempts=int(block.number("attempts", 5, least=1, most=20)),
        backoff_seconds=block.number("backoff_seconds", 0.5, most=60),
        max_wait_seconds=block.number("max_wait_seconds", 120, most=3600),
        requests_per_minute=block.number("requests_per_minute", 0, most=100_000),
        timeout_seconds=block.number("timeout_seconds", 60, least=0.1, most=3600),
        max_bytes=int(block.number("max_bytes", 2 * _GIB, least=1)),
        max_page_bytes=int(block.number("max_page_bytes", 64 * _MIB, least=1)),
        encoding=block.text("encoding", "utf-8", choices=("utf-8", "gb18030")),
        allow_unsized=block.flag("allow_unsized"),
        ca_file=block.text("ca_file"),
    )


def _check_url(block: Block, url: str) -> None:
    parts = urlsplit(url)
    if not url:
        return
    if parts.username or parts.password:
        block.wrong("url", "地址里不能有用户名和口令，请放进 Airflow 连接", "no login in the address")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        block.wrong("url", "应为 https:// 开头的地址", "must be an https:// address")
    elif parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        block.wrong("url", "只接受 https（本机除外）：个人数据不明文传输", "https only, except on this machine")
