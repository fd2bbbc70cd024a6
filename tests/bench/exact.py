"""What the exact tier of identity costs beside one bare join: 10 M insured rows against the register.

Data in: a prefecture's home whose files have been taken in (``onetable ingest``); nothing of it is published.
Data out: seconds (and of CPU) of three queries over the same roster and register, best of rounds that take turns:

* the bare join: roster and register by ``person_key``, the year's rows, with every column that the model keeps written
  to a table, in the plainest SQL there is;
* the exact tier: the model's own text up to its CTE ``exact`` (officers' decisions, equal valid ids, ids under which
  many people are named), which writes the same rows and columns; the bound is 1.3 times the bare join;
* the whole model: beside the links, the rows of nobody that bear a register person's name in that person's village or
  are labelled as belonging to the register. They are leads for officers (R006), no part of the exact tier.

Not here: proposals (tests/bench/identity.py), and the other models of the night.
Run: ``python -m tests.bench.exact HOME``
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from connectors import encryption
from connectors.warehouse import Connection, attached_warehouse, open_work
from pipeline import settings
from pipeline.candidate import build
from tests.bench.bench import AS_OF

_MODEL = "compiled/one_table/models/intermediate/int_medical_rows.sql"
_ROUNDS = 3
_RUN = "benchexact"
_AFTER_THE_TIER = ",\n\nnamesakes as ("
"""Where the model's text goes on to the rows of nobody."""
_BARE = f"""
select roster.submission_id, roster.sheet, roster.row_no, roster.sub_no, roster.row_key, false as is_stale,
  roster.village_code, roster.name, roster.name_norm, roster.id_status, roster.person_class, roster.scheme,
  roster.ins_state, try_cast(roster.paid_on as date) as paid_on, null::varchar as subject_key, person.person_uid,
  person.household_key, 'person_key' as tier
from wh.raw.medical__enrolments as roster
inner join candidate.intermediate.int_register_persons as person on roster.person_key = person.person_key
where roster.ins_year = '{AS_OF[:4]}'
"""


@dataclass(frozen=True)
class Cost:
    """Best of some rounds; seconds of CPU say what it costs on a machine that others use as well."""

    seconds: float
    cpu: float
    rows: int

    def beside(self, bare: Cost) -> str:
        """In words, with the ratios."""
        ratio, cpu_ratio = self.seconds / bare.seconds, self.cpu / bare.cpu
        return f"{self.seconds:.2f} s (CPU {self.cpu:.2f}), {self.rows:,} rows, ratio {ratio:.2f} (CPU {cpu_ratio:.2f})"


def cost(con: Connection, selects: Mapping[str, str]) -> dict[str, Cost]:
    """What each query costs; they take turns, so that a busy moment strikes all of them."""
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in selects}
    rows = {}
    for _ in range(_ROUNDS):
        for name, select in selects.items():
            began, worked = time.monotonic(), time.process_time()
            con.execute(f"create or replace temp table answer as {select}")
            spent[name].append((time.monotonic() - began, time.process_time() - worked))
            rows[name] = con.execute("select count(*) from answer").fetchall()[0][0]
    return {
        name: Cost(min(wall for wall, _ in each), min(cpu for _, cpu in each), rows[name])
        for name, each in spent.items()
    }


def main() -> None:
    """Print the times and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    home = settings.load(parser.parse_args().home)
    home.work.mkdir(exist_ok=True)
    candidate = build.candidate_path(home, _RUN)
    candidate.unlink(missing_ok=True)
    wanted = ["build", "--select", "+int_medical_rows", "--exclude-resource-type", "unit_test", "test"]
    if build.run_dbt(home, wanted, as_of=date.fromisoformat(AS_OF), run_id=_RUN):
        raise SystemExit("dbt could not build the model")
    model = (build.target_path(home) / _MODEL).read_text(encoding="utf-8")
    con = open_work(threads=home.threads, memory_limit=home.memory_limit, spill=home.work / "spill")
    con.execute("set preserve_insertion_order = false")
    encryption.attach(con, candidate, "candidate", read_only=True)
    exact, found, _ = model.partition(_AFTER_THE_TIER)
    if not found:
        raise SystemExit("the exact tier was not found in the text of the model")
    with attached_warehouse(con, home.warehouse, read_only=True):
        costs = cost(con, {"bare join": _BARE, "exact tier": f"{exact} select * from exact", "with leads": model})
    con.close()
    candidate.unlink()
    told = [f"{name} {each.beside(costs['bare join'])}" for name, each in costs.items()]
    sys.stdout.write("; ".join(told) + "\n")


if __name__ == "__main__":
    main()
