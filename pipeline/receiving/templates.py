"""Writes the blank workbooks handed to the departments, one per feed.

Data in: the contracts. Data out: ``<out>/<sector>/<title>_模板.xlsx``. Run with ``onetable templates --out FOLDER``.
Not here: what a template looks like (connectors/outbox/templates.py).
"""

from __future__ import annotations

from pathlib import Path

from connectors.contract import feeds
from connectors.outbox.templates import write_template


def write_templates(out: Path) -> list[Path]:
    """Write every template below ``out``; returns the files in the order of the feeds."""
    written = []
    for feed in feeds():
        path = out / feed.sector / f"{feed.title}_模板.xlsx"
        write_template(feed, path)
        written.append(path)
    return written
