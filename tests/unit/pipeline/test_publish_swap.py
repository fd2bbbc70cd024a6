"""The link to the publication in force changes in one step: there is no moment without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.publication import publish
from pipeline.settings import Settings


def test_until_the_new_link_takes_its_place_the_old_one_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path)
    for name in ("old", "new"):
        (settings.published / name).mkdir(parents=True)
    publish.swap(settings, settings.published / "old")
    link, seen = settings.published / "current", []
    real = Path.replace

    def replace(source: Path, target: Path) -> Path:
        seen.append(link.resolve().name if link.exists() else None)
        return real(source, target)

    monkeypatch.setattr(Path, "replace", replace)
    publish.swap(settings, settings.published / "new")
    assert seen == ["old"]
    assert link.resolve().name == "new"
