"""How pages follow each other, and how the last one is known.

Data in: the page just read. Data out: the next :class:`Page`, None after the last.
Total, number of pages and more-flag of the server are believed, and have to be met. Without them the reading ends at an
empty page: a page shorter than asked may be one that the server cut (``short_page_ends``: it is the last).
Not here: requests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import httpx

from connectors.sources.config import HttpSpec
from connectors.sources.errors import ConfigurationError, FeedUnavailableError

ABSENT = object()


@dataclass(frozen=True)
class Page:
    """One address to ask."""

    url: str
    params: tuple[tuple[str, str], ...] = ()


def next_page(
    spec: HttpSpec, page: Page, document: object, headers: Mapping[str, str], rows: int, count: int
) -> Page | None:
    """The page after this one.

    Args:
        spec: how the server pages.
        page: the page that was read.
        document: its JSON, None for csv.
        headers: its HTTP headers.
        rows: records on it.
        count: records up to and with it.
    """
    following = _following(spec, page, document, headers, rows, count)
    if following is None and spec.total and count != (total := _whole(document, spec.total)):
        raise FeedUnavailableError(
            f"收到 {count} 条，服务器说共 {total} 条，本次不投递 / the pages do not add up to the server's total"
        )
    return following


def _following(
    spec: HttpSpec, page: Page, document: object, headers: Mapping[str, str], rows: int, count: int
) -> Page | None:
    if spec.paging == "page":
        number = int(dict(page.params)[spec.page_param])
        if _is_last(spec, document, number, rows, count):
            return None
        return Page(page.url, _with(page, spec.page_param, str(number + 1)))
    if spec.paging == "cursor":
        cursor = value_at(document, spec.cursor)
        if cursor is None or cursor == "":
            return None
        if not isinstance(cursor, str | int):
            raise ConfigurationError("下一页标记不是文字 / the cursor is no text")
        return Page(page.url, _with(page, spec.cursor_param, str(cursor)))
    if spec.paging == "link":
        return _linked(page, headers)
    return None


def _is_last(spec: HttpSpec, document: object, number: int, rows: int, count: int) -> bool:
    if spec.has_more:
        more = value_at(document, spec.has_more)
        if not isinstance(more, bool):
            raise FeedUnavailableError("应答没有 has_more，不知是否最后一页 / the answer lacks has_more")
        return not more
    if spec.total_pages:
        return number - spec.first_page + 1 >= _whole(document, spec.total_pages)
    if spec.total:
        return rows == 0 or count >= _whole(document, spec.total)
    return rows < spec.page_size if spec.short_page_ends else rows == 0


def _linked(page: Page, headers: Mapping[str, str]) -> Page | None:
    link = next((found for found in _links(headers) if found.get("rel") == "next"), None)
    if link is None or "url" not in link:
        return None
    url = urljoin(page.url, link["url"])
    if urlsplit(url)[:2] != urlsplit(page.url)[:2]:
        raise ConfigurationError("下一页在另一台服务器上，不跟随 / the next page lies on another server")
    return Page(url)


def _links(headers: Mapping[str, str]) -> list[dict[str, str]]:
    answer = httpx.Response(200, headers={"link": headers.get("link", "")})
    return [dict(link) for link in answer.links.values()]


def _with(page: Page, name: str, value: str) -> tuple[tuple[str, str], ...]:
    return tuple({**dict(page.params), name: value}.items())


def field_of(document: object, path: str) -> object:
    """The value at a dotted path; :data:`ABSENT`, which is no JSON value, where there is nothing."""
    for part in path.split("."):
        if not isinstance(document, dict) or part not in document:
            return ABSENT
        document = document[part]
    return document


def value_at(document: object, path: str) -> object:
    """The value at a dotted path, None where there is nothing."""
    value = field_of(document, path)
    return None if value is ABSENT else value


def _whole(document: object, path: str) -> int:
    value = value_at(document, path)
    if isinstance(value, str) and value.isdigit():
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise FeedUnavailableError(f"应答没有 {path}，不知是否最后一页 / the answer lacks {path}")
    return value
