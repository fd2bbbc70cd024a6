"""A real web server on loopback whose answers a test decides one by one."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Answer:
    """What the server says; ``cut`` bytes of the body are announced but never sent."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = 0
    is_sized: bool = True
    is_chunked: bool = False


@dataclass(frozen=True)
class Asked:
    """One request that came in."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass
class Web:
    """A running server; set ``answer`` before asking it."""

    port: int
    scheme: str = "http"
    asked: list[Asked] = field(default_factory=list)
    answer: Callable[[Asked], Answer] = lambda _: Answer(status=404)

    @property
    def url(self) -> str:
        """Its address."""
        return f"{self.scheme}://127.0.0.1:{self.port}/api/roster"


@contextmanager
def web(certificate: Path | None = None) -> Iterator[Web]:
    """Start it, stop it; with a certificate and its key in one file it speaks TLS."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = Asked(parts.path, dict(parse_qsl(parts.query)), {k.lower(): v for k, v in self.headers.items()})
            running.asked.append(asked)
            answer = running.answer(asked)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            sent = answer.body[: len(answer.body) - answer.cut]
            if answer.is_chunked:
                self.send_header("Transfer-Encoding", "chunked")
                sent = b"%x\r\n%s\r\n" % (len(sent), sent) + (b"" if answer.cut else b"0\r\n\r\n")
            elif answer.is_sized:
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(sent)
            if answer.cut or not (answer.is_sized or answer.is_chunked):
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    running = Web(server.server_address[1], "https" if certificate else "http")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
