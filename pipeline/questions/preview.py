"""What another policy value would change: who flips, before anybody decides.

Data in: a file of rows in the form of the policy seed, the publication in force. Data out: the differences between it
and a candidate that is built with these rows and thrown away; nothing is published, pushed or noted.
Not here: which rows may be proposed (proposed_values.py), what a difference is (differences.py).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors import encryption
from connectors.warehouse import open_work
from pipeline.candidate import build
from pipeline.candidate.fingerprint import code_hash, fingerprint
from pipeline.publication import differences, publish
from pipeline.publication.export import copy_masked
from pipeline.publication.reports import NothingPublishedError
from pipeline.questions import proposed_values
from pipeline.repository import DBT_PROJECT

if TYPE_CHECKING:
    from pipeline.settings import Settings

Row = dict[str, Any]

_RUN, _BASE = "preview", "preview-base"
_LEFT_OUT = shutil.ignore_patterns("target", "logs", "__pycache__")


def preview(
    settings: Settings, values: Path, *, project: Path = DBT_PROJECT, progress: Callable[..., None] | None = None
) -> dict[str, Any]:
    """Build the table once more with ``values`` and list what differs from the publication in force.

    Raises:
        ValuesError: the file or a row of it cannot be used, or none of its rows would be in force here.
        NothingPublishedError: nothing is published yet.
    """
    folder = publish.current(settings)
    if folder is None:
        raise NothingPublishedError("还没有发布:请先运行 onetable reconcile。")
    as_of = date.fromisoformat(str(publish.manifest(folder)["as_of"]))
    scratch = settings.work / _RUN
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        changed = shutil.copytree(project, scratch / "dbt_project", ignore=_LEFT_OUT)
        rows = proposed_values.put(changed / "seeds" / "policy_parameters.csv", values, settings.county, as_of)
        build.build(settings, as_of, _RUN, project=changed, progress=progress)
        is_same = fingerprint(settings, as_of, code_hash(project))[0] == publish.manifest(folder)["run_id"]
        if not is_same:
            build.build(settings, as_of, _BASE, project=project, progress=progress)
        flips = _flips(settings, folder, is_same=is_same)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        for run in (_RUN, _BASE):
            for left in settings.work.glob(f"candidate-{run}.*"):
                shutil.rmtree(left) if left.is_dir() else left.unlink()
    return {"as_of": as_of.isoformat(), "values": rows, "flips": flips}


def _flips(settings: Settings, folder: Path, *, is_same: bool) -> list[Row]:
    con = open_work(threads=settings.threads, memory_limit=settings.memory_limit, spill=settings.work / "spill")
    try:
        before = "earlier.masked"
        if is_same:
            encryption.attach(con, folder / publish.MASKED, "earlier", read_only=True)
        else:
            before = "standing"
            copy_masked(con, build.candidate_path(settings, _BASE))
            con.execute("create schema standing")
            for table in differences.TABLES:
                con.execute(f"create table standing.{table} as select * from masked.{table}")
            con.execute("drop schema masked cascade")
        copy_masked(con, build.candidate_path(settings, _RUN))
        differences.compare(con, before, "masked")
        cursor = con.execute(differences.ordered())
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    finally:
        con.close()
