"""How files arrive: still growing, paused, cut off, replaced, sent again. What is not whole waits.

Data in: what the sender does before the first look, and between the two looks. Data out: what became of her file.
Not here: files that change while they are copied (races.py).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from connectors.originals import SIDE_SUFFIX
from pipeline.settings import Settings
from tests.integration.landing_home import Home, enrolments
from tests.torture.county import FEED, Start
from tests.torture.table import Count

_WHOLE = enrolments(6)
_HALF = _WHOLE[: len(_WHOLE) // 2]
_NEXT = enrolments(7)
Act = Callable[[Path], object]


@dataclass(frozen=True)
class Arrival:
    """What a sender does in her folder, and the statuses that the next runs tell."""

    before: Act
    between: Act
    statuses: tuple[str, ...]
    rows: int
    """Of the feed, afterwards."""


def _nothing(_: Path) -> None: ...


def _write(name: str, text: str = _WHOLE) -> Act:
    return lambda folder: (folder / name).write_text(text)


def _append(folder: Path) -> None:
    with (folder / "a.csv").open("a") as stream:
        stream.write("9,")


def _replaced(folder: Path) -> None:
    (folder / "new").write_text(_NEXT)
    (folder / "new").rename(folder / "a.csv")


def _linked(folder: Path) -> None:
    (folder / "a.csv").unlink()
    (folder / "a.csv").symlink_to(folder.parents[2] / "county.toml")


def _both(*acts: Act) -> Act:
    return lambda folder: [act(folder) for act in acts]


def arrivals() -> dict[str, Arrival]:
    """Eighteen of them."""
    whole, cut = _write("a.csv"), _write("a.csv", _WHOLE.rsplit("\n", 2)[0] + "\n")
    upload: Act = lambda folder: (folder / "a.csv.part").rename(folder / "a.csv")  # noqa: E731
    side = _write(f"a.csv{SIDE_SUFFIX}", '{"period": "202006"}')
    return {
        "whole": Arrival(whole, _nothing, ("accepted",), 6),
        "an upload that goes on": Arrival(_write("a.csv.part"), _nothing, (), 0),
        "an upload that ends between the looks": Arrival(_write("a.csv.part"), upload, (), 0),
        "another program's scratch file": Arrival(_write("~$a.xlsx"), _nothing, (), 0),
        "a file being copied": Arrival(_write("a.csv.tmp"), _nothing, (), 0),
        "growing": Arrival(_write("a.csv", _HALF), _append, (), 0),
        "paused, then going on": Arrival(_write("a.csv", _HALF), whole, (), 0),
        "cut off between the looks": Arrival(whole, _write("a.csv", _HALF), (), 0),
        "emptied between the looks": Arrival(whole, _write("a.csv", ""), (), 0),
        "replaced between the looks": Arrival(whole, _replaced, (), 0),
        "written over with the same bytes": Arrival(whole, _both(lambda _: time.sleep(0.02), whole), (), 0),
        "removed between the looks": Arrival(whole, lambda folder: (folder / "a.csv").unlink(), (), 0),
        "a link in its place": Arrival(whole, _linked, ("refused",), 0),
        "its side file comes with it": Arrival(_both(side, whole), _nothing, ("accepted",), 6),
        "a side file alone": Arrival(side, _nothing, (), 0),
        "the same bytes under two names": Arrival(
            _both(whole, _write("b.csv")), _nothing, ("accepted", "duplicate"), 6
        ),
        "two versions at once": Arrival(_both(whole, _write("b.csv", _NEXT)), _nothing, ("accepted", "accepted"), 13),
        "last row cut off, then whole": Arrival(_both(cut, _write("b.csv")), _nothing, ("accepted", "accepted"), 11),
    }


def _emptied(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def _taken(home: Home, between: Act) -> tuple[str, ...]:
    """One run whose wait between the looks is the moment in which ``between`` happens."""
    patient = Home(Settings(**{**vars(home.settings), "settle_seconds": 0.01}))
    clock = SimpleNamespace(sleep=lambda _: between(home.settings.ingest / FEED))
    with mock.patch("pipeline.receiving.ingest.time", clock):
        return tuple(landed.status for landed in patient.ingest())


def arrive(folder: Path, _: random.Random, tries: int) -> Count:
    """Each arrival; then the whole file is sent (again), and the home must hold each delivery once."""
    count, start = Count("arrivals"), Start(folder)
    for what, arrival in list(arrivals().items())[:tries]:
        with start.copy() as home:
            place = home.settings.ingest / FEED
            _emptied(place)
            arrival.before(place)
            told = _taken(home, arrival.between)
            rows = home.ask("select count(*) from raw.medical__enrolments")[0][0]
            _emptied(place)
            home.drop(FEED, "z.csv", _WHOLE)
            last = [landed.status for landed in home.ingest()]
            is_once = home.ask("select count(*) from meta.submissions where status like 'accepted%' group by sha256")
            problems = {
                "lost": int(last != ["duplicate" if arrival.rows else "accepted"]),
                "duplicated": int(any(number != (1,) for number in is_once)),
                "torn": int(told != arrival.statuses or rows != arrival.rows),
            }
            count.add(what, problems, f"{told} {rows} {last}")
    return count
