"""Writes the documentation site: the index page of the publication in force, dbt docs and GX data docs.

Data in: the masked publication, the records of the gates, the contracts and the dbt project. Data out: ``site/``
(``index.html``, ``catalogue.html``, ``identity.html``, ``dbt``, ``gx``), static pages that load nothing from elsewhere.
Run by hand: ``python -m pipeline.pages.document``. Not here: the page's words and numbers (portal.py), serving them.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.files import make_folder, write_atomically
from connectors.warehouse import hold_warehouse
from expectations.docs import SHUT, build_docs
from pipeline.candidate import build
from pipeline.pages import catalogue, gate_page, identity_page, portal
from pipeline.publication import publish
from pipeline.repository import DBT_PROJECT, place_of

if TYPE_CHECKING:
    from connectors.warehouse import Connection
    from pipeline.settings import Settings

_RUN = "docs"
_TRACKER = "https://fuzzed.getdbt.com/"

_log = logging.getLogger(__name__)


def document(settings: Settings, *, project: Path = DBT_PROJECT) -> dict[str, Any]:
    """Write the whole site; returns seconds and success per page. A part that fails leaves its last version.

    Before the first publication there are the gates' results alone: they tell why there is none.
    """
    make_folder(settings.site)
    pages: dict[str, dict[str, Any]] = {}
    _timed(pages, "gx", lambda: _gx_docs(settings))
    folder = publish.current(settings)
    if folder is None:
        return {"pages": pages, "note": "尚未发布"}
    _timed(pages, "dbt", lambda: _dbt_docs(settings, folder, project))
    with publish.opened(settings, folder / publish.MASKED) as con:
        if identity_page.has_page(con):
            _timed(pages, "identity", lambda: _identity(settings, con, folder))
    _timed(pages, "catalogue", lambda: _catalogue(settings, folder, project))
    _timed(pages, "index", lambda: _index(settings, folder, project))
    return {"pages": pages, "index": "site/index.html"}


def _timed(pages: dict[str, dict[str, Any]], name: str, write: Callable[[], None]) -> None:
    """A failure is told and returned, not raised: the other pages are written, the night's publication is in force."""
    began = time.monotonic()
    error = None
    try:
        write()
    except Exception as problem:
        error = type(problem).__name__
        _log.error("page %s was not written, its last version stays: %s, %s", name, error, place_of(problem))
    pages[name] = {"seconds": round(time.monotonic() - began, 3), "error": error}


def _index(settings: Settings, folder: Path, project: Path) -> None:
    with publish.opened(settings, folder / publish.MASKED) as con:
        page = portal.render(settings, con, publish.manifest(folder), project)
    write_atomically(settings.site / "index.html", page.encode())


def _identity(settings: Settings, con: Connection, folder: Path) -> None:
    page = identity_page.render(con, settings.county_name, str(publish.manifest(folder)["as_of"]))
    write_atomically(settings.site / "identity.html", page.encode())


def _catalogue(settings: Settings, folder: Path, project: Path) -> None:
    with publish.opened(settings, folder / publish.MASKED) as con:
        page = catalogue.render(con, publish.manifest(folder), settings.county_name, project)
    write_atomically(settings.site / "catalogue.html", page.encode())


def _gx_docs(settings: Settings) -> None:
    scratch = settings.site / ".gx"
    build_docs(settings.state / "gx", scratch)
    page = gate_page.render(settings.state / "gx", scratch, settings.county_name)
    write_atomically(scratch / "index.html", page.encode())
    final = settings.site / "gx"
    shutil.rmtree(final, ignore_errors=True)
    scratch.rename(final)


def _dbt_docs(settings: Settings, folder: Path, project: Path) -> None:
    """One static page; the catalogue is left empty, since the contracts already give every column's type."""
    as_of = date.fromisoformat(str(publish.manifest(folder)["as_of"]))
    with hold_warehouse(settings.warehouse, wait_seconds=settings.wait_seconds, shared=True):
        arguments = ["docs", "generate", "--static", "--empty-catalog"]
        code = build.run_dbt(settings, arguments, as_of=as_of, run_id=_RUN, project=project)
    build.candidate_path(settings, _RUN).unlink(missing_ok=True)
    if code != 0:
        raise build.BuildFailedError([], note="dbt docs generate")
    text = (build.target_path(settings) / "static_index.html").read_text(encoding="utf-8")
    for place, name in ((str(settings.home), "."), (str(project), "dbt_project"), (_TRACKER, "")):
        text = text.replace(place, name)
    text = text.replace("<head>", f"<head>{SHUT}", 1)
    write_atomically(settings.site / "dbt" / "index.html", text.encode())


def main() -> None:
    """Write the site of the home that the environment names."""
    from pipeline.settings import load

    found = document(load())
    failed = [name for name, page in found["pages"].items() if page["error"]]
    if note := found.get("note"):
        raise SystemExit(f"{note}:只写了关口检查结果 / nothing is published yet: only the gates' results were written")
    raise SystemExit(f"没有写成,保留旧版 / not written: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
