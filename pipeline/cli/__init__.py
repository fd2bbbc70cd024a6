"""``onetable``: the command line; one module for each group of commands."""

from pipeline.cli.command_line import app, main

__all__ = ["app", "main"]
