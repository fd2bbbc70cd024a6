"""The templates of the pages: nothing that is left out is passed over, nothing of the data is taken for HTML."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import jinja2


def template(name: str, **filters: Callable[..., str]) -> jinja2.Template:
    """One template, with the filters that it uses."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(filters)
    return environment.get_template(name)
