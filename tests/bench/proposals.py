"""What proposals cost: 50,000 damaged rows in an insurance roster of 10 M rows, against a register of 0.6 M people.

Data in: a prefecture's home whose files have been taken in (``onetable ingest``); it is only read. Data out: seconds
and peak memory of the night's step ``propose`` in a process of its own, and how often the true person came first.
The home's warehouse, vault and keys are copied into a scratch folder. There, 50,000 rows that an id links are damaged
as the simulator damages them (seven kinds in turn, every tenth name by a homophone), and stand as landing would have
left them: no ``person_key``, another token, the damaged text in the vault. dbt builds the links; then the step runs.
Not here: whether the answers are right at a county (tests/bench/identity.py).
Run: ``python -m tests.bench.proposals HOME [--rows N] [--scratch FOLDER]``
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from connectors import keyfiles
from connectors.warehouse import Connection, open_database, open_warehouse
from identity import tokens, vault
from pipeline import settings
from pipeline.candidate import build
from simulator import damage
from tests.bench.bench import AS_OF, measured

ROWS = 50_000
_RUN = "benchpropose"
_KINDS = [kind for name, kind in damage.DAMAGES.items() if name != "kin_birth"]
_RENAMED = 10
_STEP = """
import json, sys, time
from datetime import date
from pathlib import Path
from pipeline import settings
from pipeline.candidate.propose import propose
began = time.monotonic()
found = propose(settings.load(Path(sys.argv[1])), Path(sys.argv[2]), date.fromisoformat(sys.argv[3]))
print(json.dumps({"seconds": round(time.monotonic() - began, 1), **found}))
"""


def copied(source: settings.Settings, target: Path) -> settings.Settings:
    """A home of its own with the same rows, identifiers and keys."""
    target.mkdir(parents=True)
    shutil.copy(source.home / "county.toml", target)
    shutil.copytree(source.token_key.parent, target / source.token_key.parent.relative_to(source.home))
    home = settings.load(target)
    for old, new in ((source.warehouse, home.warehouse), (source.vault_db, home.vault_db)):
        new.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(old, new)
    home.work.mkdir(exist_ok=True)
    return home


def damage_rows(home: settings.Settings, rows: int) -> pa.Table:
    """Damage linked rows of the roster; returns their evidence and whose they are."""
    with open_warehouse(home.warehouse, wait_seconds=home.wait_seconds) as con:
        vault.attach(con, home.vault_db, home.vault_key)
        chosen = con.execute(
            f"""
            with known as (select person_key, min(id_no) as id_no from {vault.NAME}.ids group by person_key),
            people as (select distinct person_key from raw.registry__persons where person_key is not null),
            picked as (
                select submission_id, sheet, row_no, sub_no, name, person_key from raw.medical__enrolments
                where person_key in (select person_key from people) and ins_year = '{AS_OF[:4]}'
                qualify row_number() over (partition by person_key order by row_no) = 1
                order by md5(person_key) limit {int(rows)}
            )
            select picked.*, known.id_no from picked inner join known on picked.person_key = known.person_key
            order by picked.person_key
            """
        ).to_arrow_table()
        damaged = _damaged(chosen)
        con.register("damaged", damaged)
        tokens.install(con, keyfiles.load(home.token_key))
        con.execute("create temp table written as select *, token(bad_id) as bad_key from damaged")
        con.execute(f"insert into {vault.NAME}.ids select distinct bad_key, bad_id from written")
        tokens.forget(con)
        con.execute(
            """
            update raw.medical__enrolments as roster
            set person_key = null, id_key = written.bad_key, id_status = 'invalid', name = written.new_name,
                name_norm = written.new_name
            from written
            where roster.submission_id = written.submission_id and roster.sheet = written.sheet
                and roster.row_no = written.row_no and roster.sub_no = written.sub_no
            """
        )
        truth = con.execute(
            "select submission_id || '#' || sheet || '!' || row_no::varchar as evidence, person_key from written"
        ).to_arrow_table()
        con.execute(f"detach {vault.NAME}")
    return truth


def _damaged(chosen: pa.Table) -> pa.Table:
    """The rows with the id and, for some, the name that a clerk might have written."""
    rng = np.random.default_rng(4)
    ids, names = [], []
    for place, (id_no, name) in enumerate(zip(chosen["id_no"].to_pylist(), chosen["name"].to_pylist(), strict=True)):
        texts = _KINDS[place % len(_KINDS)](id_no, (), rng)
        ids.append(next((text for text in texts if not damage.is_right(text)), id_no[:-1]))
        names.append((damage.homophone(name) if place % _RENAMED == 0 else None) or name)
    return chosen.append_column("bad_id", pa.array(ids)).append_column("new_name", pa.array(names))


def places(con: Connection, truth: pa.Table) -> tuple[int, int, int]:
    """Rows with the true person first, among the first three, and proposals about the rows."""
    con.register("truth", truth)
    row = con.execute(
        """
        select count(*) filter (rank = 1 and register_key = person_key), count(*) filter (register_key = person_key),
            count(*)
        from marts.identity_proposals inner join truth using (evidence)
        """
    ).fetchall()[0]
    return int(row[0]), int(row[1]), int(row[2])


def main() -> None:
    """Print seconds, memory and shares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--scratch", type=Path)
    asked = parser.parse_args()
    scratch = asked.scratch or Path(tempfile.mkdtemp(prefix="onetable-proposals-"))
    try:
        home = copied(settings.load(asked.home), scratch / "home")
        truth = damage_rows(home, asked.rows)
        wanted = ["build", "--select", "+links", "--exclude-resource-type", "unit_test", "test"]
        if build.run_dbt(home, wanted, as_of=date.fromisoformat(AS_OF), run_id=_RUN):
            raise SystemExit("dbt could not build the links")
        candidate = build.candidate_path(home, _RUN)
        step = measured([sys.executable, "-c", _STEP, str(home.home), str(candidate), AS_OF], home=home.home)
        con = open_database(candidate, read_only=True)
        first, in_three, listed = places(con, truth)
        con.close()
    finally:
        if asked.scratch is None:
            shutil.rmtree(scratch, ignore_errors=True)
    count = truth.num_rows
    report = {
        "rows": count,
        "seconds_in_all": round(step.seconds, 1),
        "peak_mb": round(step.megabytes),
        "first_share": round(first / count, 4),
        "in_three_share": round(in_three / count, 4),
        "per_case": round(listed / count, 2),
        "step": json.loads(step.output.strip().splitlines()[-1]),
    }
    sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
