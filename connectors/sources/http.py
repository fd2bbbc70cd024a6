"""Records behind a web address: JSON or CSV, in one answer or in pages.

Data in: an address, how its pages follow each other, the map of the fields. Data out: one file in the drop folder.
Every page has to arrive and the last one has to be known as the last: else nothing is delivered.
Not here: requests and their repetition (connectors/sources/http_client.py).
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from connectors.files import sha256_of
from connectors.sources.config import HttpSpec
from connectors.sources.errors import ConfigurationError, FeedUnavailableError
from connectors.sources.http_client import Client, open_client
from connectors.sources.landing import Desk, Fetched, batch_title, deliver_next, recall, remember, tell_apart
from connectors.sources.login import Login
from connectors.sources.pages import ABSENT, Page, field_of, next_page
from connectors.sources.table import cell, table_file

_EXACT = 1 << 53
_BEGINNING = 1024


@dataclass(frozen=True)
class Body:
    """What one page holds: its rows and, for JSON, the document around them."""

    rows: list[Any]
    document: Any
    digest: str
    headers: Mapping[str, str]
    head: tuple[str, ...] = ()


def pull_http(
    spec: HttpSpec, login: Login, at: Desk, home: Path, sleep: Callable[[float], None] = time.sleep
) -> Fetched:
    """Fetch all pages and lay them into the drop folder as one file.

    Raises:
        FeedUnavailableError: a page did not arrive whole, or the pages do not add up; nothing was delivered.
        ConfigurationError: address, login, paging or fields are wrong.
    """
    note = recall(at)
    finished = at.scratch / "answer.csv"
    rows: int | None = None
    after = dict(note)
    try:
        with open_client(spec, login, home, sleep) as client:
            if spec.format == "csv" and spec.paging == "none" and not spec.columns:
                size = client.download(spec.url, spec.params, finished)
                with finished.open("rb") as stream:
                    _demand_data(stream.read(_BEGINNING))
                sha256 = sha256_of(finished)
                tell_apart(note, finished, sha256)
            else:
                size, rows, sha256 = _write_pages(spec, client, finished, batch_title(note))
        files = deliver_next(at, after, finished, sha256, ".csv")
    finally:
        finished.unlink(missing_ok=True)
    if after != note:
        remember(at, after)
    return Fetched(files, rows, size if files else 0, is_unchanged=not files)


def _write_pages(spec: HttpSpec, client: Client, finished: Path, title: str) -> tuple[int, int, str]:
    bodies = _bodies(spec, client)
    first = next(bodies)
    headers = list(spec.columns) or list(first.head)
    found: set[str] = set()
    with table_file(finished, title, headers) as table:
        for body in _and_then(first, bodies):
            if body.head != first.head and (body.head or body.rows):
                raise FeedUnavailableError("各页的表头不一致，本次不投递 / the pages have different headers")
            for record in body.rows:
                table.row(_cells(spec, record, found) if spec.format == "json" else record)
    missing = set(spec.columns.values()) - found
    if spec.format == "json" and table.rows and missing:
        raise ConfigurationError(f"所有记录都没有字段 {'、'.join(sorted(missing))} / no record has these fields")
    return table.size, table.rows, table.sha256


def _and_then(first: Body, others: Iterator[Body]) -> Iterator[Body]:
    yield first
    yield from others


def _bodies(spec: HttpSpec, client: Client) -> Iterator[Body]:
    """Page after page until the one that is known to be the last; checks that they are different and add up."""
    page: Page | None = Page(spec.url, _first_params(spec))
    count, digest = 0, ""
    seen: set[Page] = set()
    while page is not None:
        if page in seen or len(seen) >= spec.max_pages:
            raise FeedUnavailableError("翻页没有尽头（重复或超过 max_pages），本次不投递 / the pages have no end")
        seen.add(page)
        content, headers = client.get(page.url, dict(page.params))
        body = _read(spec, content, headers)
        if body.rows and body.digest == digest:
            raise ConfigurationError(
                "下一页与上一页完全相同：分页参数不起作用；对方在末页之后重复末页的，设 short_page_ends = true"
                " / the paging parameter has no effect, or the last page is repeated"
            )
        count, digest = count + len(body.rows), body.digest
        yield body
        page = next_page(spec, page, body.document, body.headers, len(body.rows), count)


def _first_params(spec: HttpSpec) -> tuple[tuple[str, str], ...]:
    params = dict(spec.params)
    if spec.paging == "page":
        params[spec.page_param] = str(spec.first_page)
    if spec.size_param and spec.page_size:
        params[spec.size_param] = str(spec.page_size)
    return tuple(params.items())


def _read(spec: HttpSpec, content: bytes, headers: Mapping[str, str]) -> Body:
    digest = hashlib.sha256(content).hexdigest()
    _demand_data(content[:_BEGINNING])
    try:
        text = content.decode("utf-8-sig" if spec.encoding == "utf-8" else spec.encoding)
    except UnicodeDecodeError:
        raise ConfigurationError(f"应答不是 {spec.encoding} 编码 / the answer is not {spec.encoding}") from None
    if spec.format == "csv":
        head, *rows = [line for line in csv.reader(io.StringIO(text, newline="")) if line] or [[]]
        if spec.columns:
            rows, head = [_chosen(spec, head, row) for row in rows], []
        return Body(rows, None, digest, headers, tuple(head))
    try:
        document = json.loads(text, parse_float=Decimal)
    except ValueError:
        raise FeedUnavailableError("应答不是完整的 JSON，本次不投递 / the answer is no whole JSON") from None
    records = field_of(document, spec.records) if spec.records else document
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise ConfigurationError(f"records“{spec.records}”处不是记录的列表 / 'records' is no list of records")
    return Body(records, document, digest, headers)


def _demand_data(beginning: bytes) -> None:
    """Refuse a page of words: servers say "log in again" and "back soon" with the status of a good answer."""
    if beginning.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<"):
        raise FeedUnavailableError(
            "应答是网页而不是数据（多半是登录页或维护页），本次不投递：请核对 url 与登录 / the answer is a web page"
        )


def _chosen(spec: HttpSpec, head: list[str], row: list[str]) -> list[str]:
    try:
        return [row[head.index(name)] for name in spec.columns.values()]
    except (ValueError, IndexError):
        raise ConfigurationError("csv 中没有 columns 所列的字段 / the csv lacks a field of 'columns'") from None


def _cells(spec: HttpSpec, record: dict[str, Any], found: set[str]) -> list[str]:
    cells = []
    for path in spec.columns.values():
        value = field_of(record, path)
        if value is ABSENT:
            cells.append("")
            continue
        found.add(path)
        if isinstance(value, int) and abs(value) > _EXACT:
            raise ConfigurationError(
                f"字段 {path} 以数字传送长号码，末位可能已失真：请对方改为文字 / long numbers have to be sent as text"
            )
        cells.append(cell(value))
    return cells
