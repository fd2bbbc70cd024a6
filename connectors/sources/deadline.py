"""An end to the patience with one source: whatever a pull is waiting for, it stops when its time is over.

A time-out of each single read does not help against a server that sends one byte now and then. The kernel's alarm
does: it reaches a pull inside a socket, a driver or an event loop. Works in the main thread of a process, where
commands and tasks run. What it interrupts is what a kill may interrupt too (connectors/sources/landing.py).
Not here: how long that is (dbt_project/seeds/policy_parameters.csv).
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

_AGAIN_SECONDS = 2.0
"""Taking leave of a server can wait for it as well: the alarm rings until the pull has ended."""


class OverdueError(BaseException):
    """The time is over. No ordinary exception, so that no library takes it for a fault of its own and tries again."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Stop what happens inside after so many seconds; an alarm that was set outside goes on counting.

    Raises:
        OverdueError: the time was over before the end was reached.
    """
    is_over = False

    def ring(*_: object) -> None:
        nonlocal is_over
        is_over = True
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise OverdueError from None
        for task in asyncio.all_tasks(loop):
            loop.call_soon_threadsafe(task.cancel)

    began = time.monotonic()
    handler = signal.signal(signal.SIGALRM, ring)
    left, _ = signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_SECONDS)
    try:
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except asyncio.CancelledError:
        if is_over:
            raise OverdueError from None
        raise
    finally:
        signal.signal(signal.SIGALRM, handler)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - began), 0.001))
