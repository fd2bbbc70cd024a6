"""What a killed process had begun to write is removed; what a living one writes stays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from connectors.files import clear_temporaries, temporary_for


def test_only_what_dead_processes_began_is_removed(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    dead = int(ended.stdout)
    below = tmp_path / "医保" / "2020"
    below.mkdir(parents=True)
    mine = temporary_for(below / "清单.xlsx")
    kept = [mine, below / ".note.tmp", below / f"清单.xlsx.{dead}.tmp", below / ".now"]
    gone = [
        below / f".清单.xlsx.{dead}.tmp",
        below / f".清单.xlsx.{dead}.tmp.more",
        tmp_path / f".last_run.json.{dead}.tmp",
    ]
    for path in (*kept, *gone):
        path.write_text("张三", encoding="utf-8")
    assert f".{os.getpid()}." in mine.name

    clear_temporaries(tmp_path)
    assert [path.exists() for path in gone] == [True, True, False]
    clear_temporaries(tmp_path, below=True)
    assert not any(path.exists() for path in gone)
    assert all(path.exists() for path in kept)
