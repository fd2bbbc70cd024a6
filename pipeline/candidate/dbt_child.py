"""What build.py starts: one dbt command in a process of its own, on the project as it was last parsed.

Data in: the parent's process id, the project, the county, dbt's own arguments. Data out: what dbt prints, the results
of the nodes, and the exit code (0 done, 1 a node failed, 2 dbt could not work).
Parsing takes longer than a small county's build and gives the same every night, but dbt parses anew whenever a variable
has changed, and the day is one. So what it parsed is kept under a hash of all that decides it, and handed to dbt as
its documentation allows (``dbtRunner(manifest=…)``). Day and run id decide nothing in it: they are read when a node is
compiled (tests/integration/test_dbt_child.py holds us to that).
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import signal
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from connectors.files import clear_temporaries, make_folder, write_atomically
from pipeline.candidate.fingerprint import code_files

_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG of prctl(2)."""
_ORPHANED, _FAILED, _UNABLE = 3, 1, 2
_DECIDING = ("dbt-core", "dbt-duckdb", "dbt-adapters", "dbt-common")
"""Packages that decide what a parsed project looks like."""


def parsed_name(project: Path, county: str) -> str:
    """File name of the parsed project: a hash over the project's place and files and dbt's versions, and the county."""
    digest = hashlib.sha256(" ".join([str(project), *map(version, _DECIDING)]).encode())
    for name, content in code_files(project, ".md"):
        digest.update(f"{name}\0".encode())
        digest.update(content)
    return f"parsed-{digest.hexdigest()[:16]}-{county}.msgpack"


def parse(project: Path, county: str, options: Sequence[str]) -> Any:  # noqa: ANN401 - dbt's Manifest or its result
    """The parsed project from its file, or freshly parsed and kept; dbt's result where it cannot be parsed."""
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumaro_encoder

    kept = project / "target" / parsed_name(project, county)
    manifest = kept_project(kept)
    if manifest is not None:
        return manifest
    result = dbtRunner().invoke(["parse", "--no-partial-parse", *options])
    if not isinstance(result.result, Manifest):
        return result
    # A project that this account may not write to is parsed every time: slower, and nothing else.
    with contextlib.suppress(OSError):
        clear_temporaries(kept.parent)
        of_these_files = kept.name.rsplit("-", 1)[0]
        for other in make_folder(kept.parent).glob("parsed-*.msgpack"):
            if not other.name.startswith(of_these_files):
                other.unlink(missing_ok=True)
        write_atomically(kept, result.result.to_msgpack(extended_mashumaro_encoder), mode=0o644)
    return result.result


def kept_project(path: Path) -> Any:  # noqa: ANN401 - dbt's Manifest
    """The parsed project from its file; None where there is none, or none that can be read: it is then made anew."""
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    try:
        manifest = Manifest.from_msgpack(path.read_bytes(), decoder=extended_mashumuro_decoder)
    except (OSError, ValueError, TypeError, LookupError):
        return None
    manifest.build_flat_graph()  # type: ignore[no-untyped-call]
    return manifest


def main(parent: int, project: Path, county: str, results: Path, command: list[str], options: list[str]) -> int:
    """Run ``command`` with ``options``, which hold for parsing too; the process dies with its parent.

    What became of the nodes is written to ``results`` in dbt's form of run_results.json, and nothing else that dbt
    would write about itself: it takes longer than the parsed project saves.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        return _ORPHANED
    from dbt.artifacts.schemas.run import RunExecutionResult
    from dbt.cli.main import dbtRunner, dbtRunnerResult

    place = str(project)
    options = ["--project-dir", place, "--profiles-dir", place, *options, "--no-write-json"]
    result = parse(project, county, options)
    if not isinstance(result, dbtRunnerResult):
        result = dbtRunner(manifest=result).invoke([*command, *options])
    if isinstance(result.result, RunExecutionResult):
        make_folder(results.parent)
        result.result.write(str(results))
    if result.success:
        return 0
    return _UNABLE if result.exception is not None else _FAILED


def arguments(project: Path, county: str, results: Path, command: Sequence[str], options: Sequence[str]) -> list[str]:
    """The command line that starts :func:`main` as a child of this process."""
    place = [str(os.getpid()), str(project), county, str(results)]
    return [sys.executable, "-m", __name__, *place, *command, "--", *options]


if __name__ == "__main__":
    _parent, _project, _county, _results, *_rest = sys.argv[1:]
    _cut = _rest.index("--")
    sys.exit(main(int(_parent), Path(_project), _county, Path(_results), _rest[:_cut], _rest[_cut + 1 :]))
