"""Random lives of a home against a model: deliveries arrive, come again, are replaced, published, and expire; runs end
or are killed.

Data in: seed, number of lives. Data out: per life, whether the home agrees with the model after every step, and its
stores with each other after every kill, publication and expiry and at its end. dbt is stood in for, as in nights.py.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from unittest import mock

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pipeline.night.reconcile import reconcile
from pipeline.publication import publish
from pipeline.upkeep.fsck import fsck
from pipeline.upkeep.housekeeping import keep_house
from tests.integration.candidate_builder import a_project, quick_build
from tests.integration.landing_home import DAY, Home, enrolments
from tests.torture import kills
from tests.torture.county import FEED
from tests.torture.table import Count

_STEPS = 30
_ROWS = 5
_LONG = timedelta(days=2000)
"""Longer than rows are kept that a later delivery supersedes, shorter than originals are."""
_NOW = ".now"
"""The file by which a night tells how far it is."""
_POINTS = [*kills.points("landing_"), *kills.points("audit_")]


class Life(RuleBasedStateMachine):
    """The model: which bytes wait under which names, how often each came, what is published, whose rows are gone."""

    start: Path
    project: Path
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
        self.is_doubtful = False
        self.published: list[str] = []
        self.expired = 0
        self.is_to_publish = self.is_to_expire = False

    @initialize(publishes=st.integers(0, 2), expires=st.integers(0, 2))
    def decide(self, publishes: int, expires: int) -> None:
        """One life in three is published, one in three expires."""
        self.is_to_publish, self.is_to_expire = not publishes, not expires

    def _drop(self, file: int, content: int) -> None:
        name, text = f"roster_{file}.csv", enrolments(_ROWS, note=f"第{content}次")
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

    @precondition(lambda self: not self.is_settled)
    @rule()
    def run(self) -> None:
        """An ingest that ends."""
        self._run()

    def _run(self) -> None:
        self.home.ingest()
        self._done()

    @precondition(lambda self: bool(self.waiting))
    @rule(point=st.sampled_from(_POINTS))
    def kill(self, point: str) -> None:
        """An ingest that is killed at a named point."""
        kills.run(self.home, point)
        self.is_settled, self.is_disturbed, self.is_doubtful = False, True, True

    @precondition(lambda self: bool(self.waiting))
    @rule(point=st.sampled_from(_POINTS))
    def kill_and_run(self, point: str) -> None:
        """Killed in the middle, then run to its end."""
        self.kill(point)
        self._run()

    @precondition(lambda self: self.is_to_publish)
    @rule()
    def ingest_and_publish(self) -> None:
        """One night, as dear as ten steps: the publication rests on what was accepted by then, and stays."""
        self._run()
        self.is_to_publish, self.is_doubtful = False, True
        with mock.patch("pipeline.candidate.build.build", quick_build):
            report = reconcile(self.home.settings, DAY, project=self.project)
        assert report.outcome in ("published", "unchanged"), report.problem
        accepted = self.home.ask(
            "select submission_id from meta.submissions where status like 'accepted%' order by seq"
        )
        self.published = [str(submission) for (submission,) in accepted]

    @precondition(lambda self: self.is_to_expire and len({*self.came, *self.waiting.values()}) > 1)
    @rule()
    def ingest_and_expire(self) -> None:
        """Years later: rows that a later delivery supersedes go, those in force and every delivery's record stay."""
        self._run()
        self.is_to_expire, self.is_doubtful = False, True
        keep_house(self.home.settings, DAY + _LONG)
        assert keep_house(self.home.settings, DAY + _LONG, dry_run=False).findings == ()
        self.expired = len(self.came) - 1

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
        assert rows == [(_ROWS * (len(self.came) - self.expired),)]
        assert self.home.files("ingest") == self.home.files("state/outgoing") == {}
        assert list(self.home.files("work")) == ([_NOW] if self.published else [])
        current = publish.current(self.home.settings)
        assert (publish.manifest(current)["inputs"] if current else []) == self.published
        if self.is_doubtful:
            assert fsck(self.home.settings) == []
            self.is_doubtful = False

    def teardown(self) -> None:
        """One life is over: whatever waits is taken in."""
        self._run()
        self.is_doubtful = True
        self.agrees()
        Life.count.add("life")
        shutil.rmtree(self.home.settings.home, ignore_errors=True)


def machine(folder: Path, rng: random.Random, tries: int) -> Count:
    """As many lives as asked for, of up to thirty steps each (eight in a sample)."""
    count = Count("state machine")
    Life.start = Home.make(folder / "start").with_villages().settings.home
    Life.folder, Life.count, Life.project = folder, count, a_project(folder)
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
