"""Cells to accepted and rejected rows: one file read by its contract (docs/feeds.md sections 2 to 8)."""

from __future__ import annotations

from connectors.intake.read import Guards, IntakeContext, Previous, Staged, read_file

__all__ = ["Guards", "IntakeContext", "Previous", "Staged", "read_file"]
