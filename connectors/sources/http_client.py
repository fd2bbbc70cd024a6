"""One request after the other to one server: spaced, retried with growing pauses, and bounded.

Data in: addresses, a login. Data out: whole bodies, in memory or in a file; a body that breaks off is never handed on.
Not here: pages and records (connectors/sources/http.py).
"""

from __future__ import annotations

import logging
import secrets
import ssl
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import IO

import httpx

from connectors.sources.config import HttpSpec
from connectors.sources.errors import ConfigurationError, FeedUnavailableError
from connectors.sources.login import Login

_RETRY = frozenset({408, 425, 429, 500, 502, 503, 504})
_FIRST_ERROR = 400
_FIRST_REDIRECT = 300
_OK = 200
_LONGEST_PAUSE = 60.0
_MINUTE = 60.0
_GZIP = 31
"""What zlib calls the form of gzip, header and check included."""
_random = secrets.SystemRandom()


@dataclass
class Client:
    """An open connection with its rate and its patience."""

    spec: HttpSpec
    connection: httpx.Client
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _next: float = field(default=0.0, init=False)

    def get(self, url: str, params: Mapping[str, str]) -> tuple[bytes, httpx.Headers]:
        """The body of one address in memory."""
        body = bytearray()

        def take(answer: httpx.Response) -> None:
            body.clear()
            for block in _blocks(answer):
                body.extend(block)
                if len(body) > self.spec.max_page_bytes:
                    raise ConfigurationError("一页大于 max_page_bytes / a page is larger than max_page_bytes")

        headers = self._patiently(url, params, take)
        return bytes(body), headers

    def download(self, url: str, params: Mapping[str, str], target: Path) -> int:
        """The body of one address into a file; its size."""

        def take(answer: httpx.Response) -> None:
            with target.open("wb") as stream:
                _copy(answer, stream, self.spec.max_bytes)

        self._patiently(url, params, take)
        return target.stat().st_size

    def _patiently(self, url: str, params: Mapping[str, str], take: Callable[[httpx.Response], None]) -> httpx.Headers:
        reason = ""
        for attempt in range(self.spec.attempts):
            self._keep_rate()
            pause = min(self.spec.backoff_seconds * 2.0**attempt, _LONGEST_PAUSE) * _random.uniform(0.5, 1.0)
            try:
                with self.connection.stream("GET", httpx.URL(url).copy_merge_params(params)) as answer:
                    if answer.status_code == _OK:
                        self._check_sized(answer)
                        take(answer)
                        return answer.headers
                    reason = str(answer.status_code)
                    pause = max(pause, self._asked_to_wait(answer))
            except httpx.RequestError as error:
                reason = type(error).__name__
            except httpx.InvalidURL:
                raise ConfigurationError("url 写法不对 / the address is invalid") from None
            if attempt + 1 < self.spec.attempts:
                self.sleep(pause)
        raise FeedUnavailableError(
            f"服务器 {self.spec.attempts} 次都没有给出完整应答（{reason}），本次不投递，下次重试"
            " / the server gave no whole answer; nothing is delivered"
        )

    def _check_sized(self, answer: httpx.Response) -> None:
        """An answer that says neither its length nor its end looks whole when it is cut off."""
        is_sized = "content-length" in answer.headers or "transfer-encoding" in answer.headers
        if not is_sized and answer.http_version != "HTTP/2" and not self.spec.allow_unsized:
            raise ConfigurationError(
                "应答不带长度，中断了也看不出来；确认无误可设 allow_unsized = true / an answer without length cannot be"
                " told from a truncated one"
            )

    def _asked_to_wait(self, answer: httpx.Response) -> float:
        """Seconds the server asks for before the next try; raises where trying again makes no sense."""
        status = answer.status_code
        if status not in _RETRY:
            if status < _FIRST_REDIRECT:
                raise ConfigurationError(
                    f"服务器的应答不是数据（{status}）：请核对 url 和参数 / the answer holds no data"
                )
            if status < _FIRST_ERROR:
                raise ConfigurationError(f"服务器要转到别处（{status}），不跟随：请改 url / redirects are not followed")
            raise ConfigurationError(
                f"服务器拒绝请求（{status}）：请核对 url、参数和登录 / the server refuses the request"
            )
        wait = _retry_after(answer.headers)
        if wait > self.spec.max_wait_seconds:
            raise FeedUnavailableError(
                f"服务器要求等 {wait:.0f} 秒再来（{status}），下次重试 / the server asks to come back later"
            )
        return wait

    def _keep_rate(self) -> None:
        if self.spec.requests_per_minute:
            pause = self._next - self.clock()
            if pause > 0:
                self.sleep(pause)
            self._next = self.clock() + _MINUTE / self.spec.requests_per_minute


@contextmanager
def open_client(
    spec: HttpSpec, login: Login, home: Path, sleep: Callable[[float], None] = time.sleep
) -> Iterator[Client]:
    """A client for one source; proxies, ``.netrc`` and cookies of this machine play no part."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    headers = {"Accept-Encoding": "identity", "User-Agent": "one-table"}
    if spec.auth == "bearer":
        headers["Authorization"] = f"Bearer {login.password}"
    elif spec.auth == "header":
        headers[spec.auth_header] = login.password
    basic = httpx.BasicAuth(login.user, login.password) if spec.auth == "basic" else None
    try:
        trust = ssl.create_default_context(cafile=str(home / spec.ca_file)) if spec.ca_file else True
    except (OSError, ssl.SSLError):
        raise ConfigurationError("读不到 ca_file / ca_file cannot be read") from None
    with httpx.Client(
        headers=headers, auth=basic, timeout=spec.timeout_seconds, verify=trust, trust_env=False, follow_redirects=False
    ) as connection:
        yield Client(spec, connection, sleep)


def _copy(answer: httpx.Response, stream: IO[bytes], most: int) -> None:
    size = 0
    for block in _blocks(answer):
        size += len(block)
        if size > most:
            raise ConfigurationError("应答大于 max_bytes / the answer is larger than max_bytes")
        stream.write(block)


def _blocks(answer: httpx.Response) -> Iterator[bytes]:
    """The body in clear: packed although nobody asked for it, it must end where its packing says, not only its frame.

    Raises:
        DecodingError: it breaks off inside, or is not packed as it says.
        ConfigurationError: it is packed in a way that shows no end.
    """
    packing = answer.headers.get("content-encoding", "").strip().lower()
    if packing in ("", "identity"):
        yield from answer.iter_raw()
        return
    if packing != "gzip":
        raise ConfigurationError(
            f"应答以 {packing[:20]} 压缩，不能读取 / the answer is packed in a way that is not read"
        )
    part: zlib._Decompress | None = None
    try:
        for raw in answer.iter_raw():
            left = raw
            while left:
                part = zlib.decompressobj(_GZIP) if part is None or part.eof else part
                yield part.decompress(left)
                left = part.unused_data
    except zlib.error:
        raise httpx.DecodingError(packing) from None
    if part is None or not part.eof:
        raise httpx.DecodingError(packing)


def _retry_after(headers: httpx.Headers) -> float:
    """Seconds; a date is measured against the server's own clock."""
    asked = headers.get("retry-after", "").strip()
    if asked.isdigit():
        return float(asked)
    try:
        wait = parsedate_to_datetime(asked) - parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError):
        return 0.0
    return float(max(0.0, wait.total_seconds()))
