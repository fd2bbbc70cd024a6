"""A line to a real server that begins to drip: every byte comes, but one by one."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_DROP_SECONDS = 0.05
_ANY = 1 << 40


@contextmanager
def dripping_line(port: int, after: int) -> Iterator[int]:
    """A line to ``port`` on which the server's bytes come one by one after so many of them; yields its own port."""
    listener = socket.create_server(("127.0.0.1", 0))
    closed = threading.Event()
    threads: list[threading.Thread] = []
    ends: list[socket.socket] = [listener]

    def start(target: object, *about: object) -> None:
        threads.append(threading.Thread(target=target, args=about))  # type: ignore[arg-type]
        threads[-1].start()

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(("127.0.0.1", port))
                ends.extend((client, server))
                start(_carry, client, server, _ANY, closed)
                start(_carry, server, client, after, closed)

    start(serve)
    try:
        yield int(listener.getsockname()[1])
    finally:
        closed.set()
        for end in ends:
            _hang_up(end)
        for thread in threads:
            thread.join()
        for end in ends:
            end.close()


def _carry(source: socket.socket, target: socket.socket, quick: int, closed: threading.Event) -> None:
    with contextlib.suppress(OSError):
        while block := source.recv(65_536):
            target.sendall(block[:quick])
            for byte in block[quick:]:
                if closed.wait(_DROP_SECONDS):
                    return
                target.sendall(bytes([byte]))
            quick = max(0, quick - len(block))
    _hang_up(source)
    _hang_up(target)


def _hang_up(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
