"""Random lives of a home against a model: deliveries arrive, come again, are replaced; runs end or are killed.

Data in: seed, number of lives. Data out: per life, whether the home agrees with the model after every step.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from pipeline.upkeep.fsck import fsck
from tests.integration.landing_home import Home, enrolments
from tests.torture import kills
from tests.torture.county import FEED
from tests.torture.table import Count

_STEPS = 30
_POINTS = [*kills.points("landing_"), *kills.points("audit_")]


class Life(RuleBasedStateMachine):
    """The model: which bytes wait under which names, which have been accepted, how often each came."""

    start: Path
    folder: Path
    count: Count

    def __init__(self) -> None:
        super().__init__()
        target = Path(tempfile.mkdtemp(dir=self.folder))
        shutil.copytree(self.start, target, dirs_exist_ok=True)
        self.home = Home.make(target)
        self.waiting: dict[str, str] = {}
        self.came: Counter[str] = Counter()
        self.is_settled = True
        self.is_disturbed = False

    def _drop(self, file: int, content: int) -> None:
        name, text = f"roster_{file}.csv", enrolments(5, note=f"第{content}次")
        while self.is_disturbed and name in self.waiting:
            # Whether the killed run has taken what lay under this name is not known here: it must not be replaced.
            name = f"another_{name}"
        self.home.drop(FEED, name, text)
        self.waiting[name] = text
        self.is_settled = False

    @rule(file=st.integers(0, 3), content=st.integers(0, 5))
    def arrive(self, file: int, content: int) -> None:
        """New bytes, or bytes that came before, under a new name or one that waits already."""
        self._drop(file, content)

    @rule()
    def run(self) -> None:
        """An ingest that ends."""
        self.home.ingest()
        self._done()

    @precondition(lambda self: bool(self.waiting))
    @rule(point=st.sampled_from(_POINTS))
    def kill(self, point: str) -> None:
        """An ingest that is killed at a named point."""
        kills.run(self.home, point)
        self.is_settled, self.is_disturbed = False, True

    @rule()
    def kill_and_run(self) -> None:
        """Killed in the middle, then run to its end."""
        kills.run(self.home, _POINTS[len(self.waiting) % len(_POINTS)])
        self.run()

    def _done(self) -> None:
        self.came.update(self.waiting.values())
        self.waiting.clear()
        self.is_settled, self.is_disturbed = True, False

    @invariant()
    def agrees(self) -> None:
        """P1 to P3: whatever has come is there once, row by row, and nothing else is."""
        if not self.is_settled:
            return
        found = self.home.ask(
            "select sha256, count(*) filter (where status like 'accepted%'), count(*),"
            " sum(rows_in) = sum(rows_ok + rows_warn + rows_rejected + rows_dup)"
            " from meta.submissions where entity = 'enrolments' group by 1"
        )
        assert len(found) == len(self.came)
        assert all(accepted == 1 and is_even for _, accepted, _, is_even in found)
        assert sorted(int(str(times)) for *_, times, _ in found) == sorted(self.came.values())
        rows = self.home.ask("select count(*) from raw.medical__enrolments")
        assert rows == [(5 * len(self.came),)]
        assert self.home.files("ingest") == self.home.files("work") == self.home.files("state/outgoing") == {}
        assert fsck(self.home.settings) == []

    def teardown(self) -> None:
        """One life is over."""
        Life.count.add("life")
        shutil.rmtree(self.home.settings.home, ignore_errors=True)


def machine(folder: Path, rng: random.Random, tries: int) -> Count:
    """As many lives as asked for, of up to thirty steps each (eight in a sample)."""
    count = Count("state machine")
    Life.start = Home.make(folder / "start").with_villages().settings.home
    Life.folder, Life.count = folder, count
    chosen = settings(
        max_examples=tries,
        stateful_step_count=_STEPS if tries > 10 else 8,
        deadline=None,
        database=None,
        verbosity=Verbosity.quiet,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(seed(rng.randrange(1 << 30))(Life), settings=chosen)
    except AssertionError as problem:
        count.add("life", {"lost": 1}, str(problem)[:200])
    return count
