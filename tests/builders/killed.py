"""Runs a step in a process of its own that dies at a named point (connectors.faults).

Data in: the point, a function of a module and its arguments. Data out: nothing; that the process was killed is checked.
The processes are forked from one that has imported what a night needs and done nothing else: importing Great
Expectations takes longer than a night of a test.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any

import connectors.faults

if TYPE_CHECKING:
    from collections.abc import Callable

_WAIT_SECONDS = 300
_IMPORTED_BEFORE = ["tests.builders.killed", "expectations.running", "pipeline.night.reconcile"]


def killed_at(point: str, step: Callable[..., Any], *arguments: Any, **named: Any) -> None:
    """Call ``step`` in a child until it dies at ``point``.

    Raises:
        AssertionError: it came to its end, or died of something else.
    """
    context: ForkServerContext = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_IMPORTED_BEFORE)
    child: BaseProcess = context.Process(target=_die_at, args=(point, step, arguments, named))
    child.start()
    child.join(_WAIT_SECONDS)
    try:
        assert child.exitcode == -signal.SIGKILL, f"{point}: {child.exitcode}"
    finally:
        child.kill()


def _die_at(point: str, step: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
    os.environ["ONETABLE_FAULT"] = point
    importlib.reload(connectors.faults)
    step(*arguments, **named)
