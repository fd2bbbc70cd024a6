"""Where the parts of this repository lie that are no Python, and at which line of ours a fault arose."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DBT_PROJECT = ROOT / "dbt_project"
SEEDS = DBT_PROJECT / "seeds"


def place_of(error: BaseException) -> str:
    """Module and line of ours at which an exception arose: enough to find the fault, and no value."""
    place, trace = "?", error.__traceback__
    while trace is not None:
        source = Path(trace.tb_frame.f_code.co_filename)
        if source.is_relative_to(ROOT):
            place = f"{source.stem}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
