"""How departments behave: a script says when the data are wrong, who says what, and what must follow each night.

Data in: a case with its rule, feed and area, a random generator. Data out: the case played to its end.
A night sees what was delivered and answered on its day. An officer decides after that day's night, so that the next
night is the first to show it. Not here: the calendar and the truth's form (simulator/season.py).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from simulator.season import NIGHTS, RULE_OFF, Case, Decision, Life, Phase, Reply, day, next_delivery

Script = Callable[[Case, random.Random], Case]
_FOREVER = 10_000
_OTHERS = {"medical": "education", "housing": "water", "education": "medical", "civil_affairs": "housing",
           "water": "civil_affairs", "registry": "medical"}  # fmt: skip
_WORDS = {"medical": "医保", "housing": "住建", "education": "教育", "civil_affairs": "民政", "water": "水利"}


def _found(case: Case, start: int) -> int:
    return next_runs(case, next_delivery(case.feed, start))


def next_runs(case: Case, night: int) -> int:
    """The first night from ``night`` on, on which the case's rule runs."""
    rule, first, last = RULE_OFF
    return last + 1 if case.rule_id == rule and first <= night <= last else night


def _cleared(case: Case, end: int) -> int:
    """The night that clears what was mended on day ``end``."""
    return next_runs(case, next_delivery(case.feed, end))


def _start(rng: random.Random, latest: int = 12) -> int:
    return rng.choice((0, 0, rng.randint(0, latest)))


def _play(case: Case, wrong: tuple[tuple[int, int], ...], lives: list[list[Phase]], **done: object) -> Case:
    """The case with what happens within the season."""
    kept = tuple(
        Life(tuple(phase for phase in phases if phase.night < NIGHTS)) for phases in lives if phases[0].night < NIGHTS
    )
    return replace(case, wrong=wrong, lives=kept, **done)  # type: ignore[arg-type]


def silent_fix(case: Case, rng: random.Random) -> Case:
    """Nobody answers, but the data are mended (a house is finished): cleared by the next list."""
    found = _found(case, start := _start(rng))
    end = found + rng.randint(2, 20)
    phases = [Phase(found, "pushed", case.sector), Phase(_cleared(case, end), "cleared", case.sector)]
    return _play(case, ((start, end),), [phases])


def never(case: Case, rng: random.Random) -> Case:
    """Nobody does anything: overdue after the date, to the end."""
    found = _found(case, start := _start(rng))
    return _play(case, ((start, _FOREVER),), [[Phase(found, "pushed", case.sector)]])


def honest(case: Case, rng: random.Random) -> Case:
    """Mended, then reported: cleared by the next list."""
    found = _found(case, start := _start(rng))
    end = next_delivery(case.feed, found + 1) + 1
    reply = end
    phases = [
        Phase(found, "pushed", case.sector),
        Phase(reply, "replied", case.sector),
        Phase(_cleared(case, end), "cleared", case.sector),
    ]
    return _play(case, ((start, end),), [_ordered(phases)], replies=(Reply(reply, case.sector, "fixed"),))


def liar(case: Case, rng: random.Random) -> Case:
    """Reported as mended, which the next list contradicts; mended in truth later and reported again."""
    found = _found(case, start := _start(rng, 6))
    reply = found + rng.randint(1, 3)
    returned = next_runs(case, next_delivery(case.feed, reply + 1))
    end = returned + rng.randint(1, 3)
    phases = [
        Phase(found, "pushed", case.sector),
        Phase(reply, "replied", case.sector),
        Phase(returned, "pushed", case.sector, is_returned=True),
        Phase(end, "replied", case.sector),
        Phase(_cleared(case, end), "cleared", case.sector),
    ]
    said = (Reply(reply, case.sector, "fixed"), Reply(end, case.sector, "fixed"))
    return _play(case, ((start, end),), [_ordered(phases)], replies=said)


def explained(case: Case, rng: random.Random) -> Case:
    """Explained, and a second officer agrees: 已说明未销号, overdue all the same."""
    found = _found(case, start := _start(rng))
    reply = found + rng.randint(1, 4)
    signed = reply + rng.randint(0, 3)
    phases = [
        Phase(found, "pushed", case.sector),
        Phase(reply, "replied", case.sector),
        Phase(signed + 1, "verified", case.sector),
    ]
    return _play(
        case, ((start, _FOREVER),), [phases],
        replies=(Reply(reply, case.sector, rng.choice(("explained", "no_fault")), explanation="已核实"),),
        decisions=(Decision(signed, "accept"),),
    )  # fmt: skip


def explanation_refused(case: Case, rng: random.Random) -> Case:
    """The second officer does not agree; explained again and accepted; mended in the end."""
    found = _found(case, start := _start(rng, 4))
    reply = found + rng.randint(1, 3)
    refused, again = reply + 1, reply + 4
    end = again + 6
    phases = [
        Phase(found, "pushed", case.sector),
        Phase(reply, "replied", case.sector),
        Phase(refused + 1, "pushed", case.sector, is_returned=True),
        Phase(again, "replied", case.sector),
        Phase(again + 2, "verified", case.sector),
        Phase(_cleared(case, end), "cleared", case.sector),
    ]
    return _play(
        case, ((start, end),), [_ordered(phases)],
        replies=(
            Reply(reply, case.sector, "explained", explanation="情况属实"),
            Reply(again, case.sector, "explained", explanation="补充材料"),
        ),
        decisions=(Decision(refused, "refuse"), Decision(again + 1, "accept")),
    )  # fmt: skip


def signed_alone(case: Case, rng: random.Random) -> Case:
    """One and the same person handled and signed: it goes back."""
    found = _found(case, start := _start(rng))
    reply = found + rng.randint(1, 4)
    phases = [Phase(found, "pushed", case.sector), Phase(reply, "pushed", case.sector, is_returned=True)]
    said = Reply(reply, case.sector, "explained", handler="测独自", signer="测独自", explanation="已核实")
    return _play(case, ((start, _FOREVER),), [phases], replies=(said,))


def in_progress(case: Case, rng: random.Random) -> Case:
    """Worked on: the progress is told twice, then it is mended."""
    found = _found(case, start := _start(rng, 8))
    first = found + rng.randint(1, 3)
    second, end = first + 5, first + 9
    phases = [
        Phase(found, "pushed", case.sector),
        Phase(first, "replied", case.sector, progress=0.2),
        Phase(second, "replied", case.sector, progress=0.8),
        Phase(_cleared(case, end), "cleared", case.sector, progress=0.8),
    ]
    said = (
        Reply(first, case.sector, "in_progress", progress="0.2"),
        Reply(second, case.sector, "in_progress", progress="0.8"),
    )
    return _play(case, ((start, end),), [phases], replies=said)


def transferred(case: Case, rng: random.Random) -> Case:
    """Not ours, and the other department takes it: it explains and is believed."""
    found = _found(case, start := _start(rng, 6))
    other = _OTHERS[case.sector]
    moved = found + rng.randint(1, 4)
    reply = moved + rng.randint(1, 4)
    phases = [
        Phase(found, "pushed", case.sector),
        Phase(moved, "pushed", other),
        Phase(reply, "replied", other),
        Phase(reply + 2, "verified", other),
    ]
    said = (
        Reply(moved, case.sector, "wrong_owner", transfer_to=_WORDS[other]),
        Reply(reply, other, "explained", explanation="已接办"),
    )
    return _play(case, ((start, _FOREVER),), [phases], replies=said, decisions=(Decision(reply + 1, "accept"),))


def refused(case: Case, rng: random.Random) -> Case:
    """The second department refuses too; the poverty office decides, and a further refusal goes back."""
    found = _found(case, start := _start(rng, 4))
    other = _OTHERS[case.sector]
    moved = found + rng.randint(1, 3)
    back, decided = moved + 2, moved + 4
    barred = decided + 3
    phases = [
        Phase(found, "pushed", case.sector),
        Phase(moved, "pushed", other),
        Phase(back, "found", "registry", is_undecided=True),
        Phase(decided + 1, "pushed", other),
        Phase(barred, "pushed", other, is_returned=True),
    ]
    said = (
        Reply(moved, case.sector, "wrong_owner", transfer_to=_WORDS[other]),
        Reply(back, other, "wrong_owner", transfer_to=_WORDS.get(case.sector, "扶贫")),
        Reply(barred, other, "wrong_owner", transfer_to=_WORDS.get(case.sector, "扶贫")),
    )
    verdict = Decision(decided, "owner", owner=other)
    return _play(case, ((start, _FOREVER),), [phases], replies=said, decisions=(verdict,))


def reopened(case: Case, rng: random.Random) -> Case:
    """Cleared, then wrong again in a later list: a new issue that names the former one."""
    found = _found(case, start := _start(rng, 3))
    end = found + rng.randint(1, 4)
    cleared = _cleared(case, end)
    again = cleared + rng.randint(1, 5)
    lives = [
        [Phase(found, "pushed", case.sector), Phase(cleared, "cleared", case.sector)],
        [Phase(_found(case, again), "pushed", case.sector)],
    ]
    return _play(case, ((start, end), (again, _FOREVER)), lives)


def waived(case: Case, rng: random.Random) -> Case:
    """Let rest until a day, then open again."""
    found = _found(case, start := _start(rng))
    on = found + rng.randint(1, 3)
    until = on + rng.randint(3, 8)
    phases = [
        Phase(found, "pushed", case.sector),
        Phase(on + 1, "waived", case.sector),
        Phase(until + 1, "pushed", case.sector),
    ]
    return _play(
        case, ((start, _FOREVER),), [phases],
        decisions=(Decision(on, "waive", until=day(0) + timedelta(days=until)),),
    )  # fmt: skip


def changing(case: Case, rng: random.Random) -> Case:
    """Explained, but then the data say something else that is wrong too: it is asked again."""
    found = _found(case, start := _start(rng, 6))
    reply = found + 1
    change = next_delivery(case.feed, reply + 1)
    shown = next_runs(case, change)
    phases = [
        Phase(found, "pushed", case.sector),
        Phase(reply, "replied", case.sector),
        Phase(shown, "pushed", case.sector),
    ]
    return _play(
        case, ((start, _FOREVER),), [phases],
        replies=(Reply(reply, case.sector, "explained", explanation="已核实"),),
        values=((0, "未缴费"), (change, "停保")),
    )  # fmt: skip


def _ordered(phases: list[Phase]) -> list[Phase]:
    """What a night shows at its end: of phases that would begin on or after the clearing only the clearing is left."""
    cleared = phases[-1].night
    return [phase for phase in phases[:-1] if phase.night < cleared] + [phases[-1]]


SCRIPTS: dict[str, Script] = {
    script.__name__: script
    for script in (
        silent_fix, never, honest, liar, explained, explanation_refused, signed_alone, in_progress, transferred,
        refused, reopened, waived, changing,
    )
}  # fmt: skip
