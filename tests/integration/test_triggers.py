"""The triggers wake a DAG when it is worth while, and leave the drop folders as they are."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from dags.triggers import FilesWaiting, NewDataSettled

STEP = 0.05


def fired(
    trigger: FilesWaiting | NewDataSettled, seconds: float, during: list[tuple[float, object]] | None = None
) -> int:
    """How often the trigger fires within ``seconds``; ``during`` holds (when, what to do)."""

    async def watch() -> int:
        count = 0

        async def consume() -> None:
            nonlocal count
            async for _ in trigger.run():
                count += 1

        async def act() -> None:
            for when, action in during or []:
                await asyncio.sleep(when)
                action()  # type: ignore[operator]

        tasks = [asyncio.create_task(consume()), asyncio.create_task(act())]
        await asyncio.sleep(seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return count

    return asyncio.run(watch())


def a_file(folder: Path, name: str = "610099_202006_a.csv", text: str = "x") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def aged(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_a_waiting_file_wakes_once_and_stays(tmp_path: Path) -> None:
    file = a_file(tmp_path / "medical" / "enrolments")
    assert fired(FilesWaiting(str(tmp_path / "medical"), settle_seconds=STEP), 10 * STEP) == 1
    assert file.read_text(encoding="utf-8") == "x"


def test_another_file_wakes_again_but_one_that_was_taken_does_not(tmp_path: Path) -> None:
    folder = tmp_path / "medical" / "enrolments"
    first = a_file(folder)
    trigger = FilesWaiting(str(tmp_path / "medical"), settle_seconds=STEP)
    assert fired(trigger, 20 * STEP, [(6 * STEP, lambda: a_file(folder, "b.csv")), (6 * STEP, first.unlink)]) == 2


def test_unfinished_uploads_and_strange_places_do_not_wake(tmp_path: Path) -> None:
    a_file(tmp_path / "medical" / "enrolments", "a.xlsx.part")
    a_file(tmp_path / "medical" / "enrolments" / "deeper")
    a_file(tmp_path / "medical")
    assert fired(FilesWaiting(str(tmp_path / "medical"), settle_seconds=STEP), 8 * STEP) == 0


def test_a_growing_file_waits_until_it_stops(tmp_path: Path) -> None:
    file = a_file(tmp_path / "medical" / "enrolments")
    grow = [(STEP / 2, lambda: file.write_text(file.read_text() + "x"))] * 24
    trigger = FilesWaiting(str(tmp_path / "medical"), settle_seconds=STEP)
    assert fired(trigger, 11 * STEP, grow) == 0
    assert fired(trigger, 6 * STEP) == 1


DATES = pytest.mark.parametrize("age", [0, 10**8, -(10**8)], ids=["now", "years ago", "years ahead"])
"""A copy often keeps the date that its file had elsewhere."""


@DATES
def test_sectors_wait_for_the_register_but_not_for_ever(tmp_path: Path, age: float) -> None:
    a_file(tmp_path / "registry" / "villages")
    aged(a_file(tmp_path / "medical" / "enrolments"), age)
    folders = {"folder": str(tmp_path / "medical"), "after": str(tmp_path / "registry")}
    assert fired(FilesWaiting(**folders, patience_seconds=60, settle_seconds=STEP), 8 * STEP) == 0
    assert fired(FilesWaiting(**folders, patience_seconds=2 * STEP, settle_seconds=STEP), 8 * STEP) == 1


def a_settled(home: Path, quiet: float, patience: float = 300) -> NewDataSettled:
    return NewDataSettled(
        markers=str(home / "state" / "raw"),
        began=str(home / "state" / "reconcile_began"),
        ingest=str(home / "ingest"),
        quiet_seconds=quiet,
        patience_seconds=patience,
    )


def test_a_burst_of_sectors_wakes_the_reconciliation_once(tmp_path: Path) -> None:
    raw = tmp_path / "state" / "raw"
    burst = [(0.1, lambda sector=sector: a_file(raw, sector)) for sector in ("registry", "medical", "water", "housing")]
    assert fired(a_settled(tmp_path, quiet=0.3), 1.5, burst) == 1


def test_rows_that_a_run_has_seen_do_not_wake_it(tmp_path: Path) -> None:
    aged(a_file(tmp_path / "state" / "raw", "registry"), 10)
    a_file(tmp_path / "state", "reconcile_began")
    assert fired(a_settled(tmp_path, quiet=0.1), 0.5) == 0


def test_rows_that_came_while_the_service_was_down_wake_it(tmp_path: Path) -> None:
    aged(a_file(tmp_path / "state", "reconcile_began"), 100)
    aged(a_file(tmp_path / "state" / "raw", "registry"), 50)
    assert fired(a_settled(tmp_path, quiet=0.1), 0.5) == 1


@DATES
def test_files_still_waiting_hold_the_reconciliation_back_for_a_while(tmp_path: Path, age: float) -> None:
    aged(a_file(tmp_path / "state" / "raw", "registry"), 50)
    aged(a_file(tmp_path / "ingest" / "medical" / "enrolments"), age)
    assert fired(a_settled(tmp_path, quiet=0.1), 0.5) == 0
    assert fired(a_settled(tmp_path, quiet=0.1, patience=0.2), 0.5) == 1
