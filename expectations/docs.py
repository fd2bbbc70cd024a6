"""Great Expectations' own data docs, from the results that the gates have kept.

Data in: the folder of records that ``running`` writes, one JSON per suite. Data out: a folder of static pages that load
nothing from elsewhere and hold counts only.
Not here: running checks.
"""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.files import make_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

SHUT = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'self' 'unsafe-inline' 'unsafe-eval' data:"
    ' blob:">'
)
"""Pages of others that we serve may load nothing but themselves."""

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_EXTERNAL = re.compile(
    r"<script\b.*?</script>|<link\b[^>]*\bhref=[\"']https?://[^>]*>|<img\b[^>]*\bsrc=[\"']https?://[^>]*>"
    r"|<link\b[^>]*\brel=[\"'](?:shortcut )?icon[^>]*>|<footer>.*?</footer>",
    re.IGNORECASE | re.DOTALL,
)
"""What the pages would load from content networks: the county's machine reaches none, and none may learn of it. Their
own scripts rest on those, so that they go too, and a footer that advertises."""

_STYLE = """<style>
body { font: 16px/1.6 system-ui, "Noto Sans CJK SC", sans-serif; margin: 1rem auto; max-width: 70rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { border: 1px solid #999; padding: .3rem .5rem; text-align: left; vertical-align: top }
.collapse:not(.show) { display: revert }
.popover, .modal, .navbar-toggler, .carousel-control, .btn-group-toggle, [data-toggle=collapse] { display: none }
.card:has(.btn-group-toggle) { display: none }
</style>"""


def build_docs(records: Path, site: Path) -> int:
    """Build the data docs of ``records`` into ``site``; returns the number of suites shown.

    Importing Great Expectations costs seconds, so it happens here.
    """
    from great_expectations.core.expectation_suite import ExpectationSuite
    from great_expectations.core.expectation_validation_result import ExpectationSuiteValidationResultSchema
    from great_expectations.core.run_identifier import RunIdentifier
    from great_expectations.data_context.types.resource_identifiers import (
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )

    from expectations.running import quiet_context

    shutil.rmtree(site, ignore_errors=True)
    make_folder(site)
    context = quiet_context(
        {
            "local": {
                "class_name": "SiteBuilder",
                "show_how_to_buttons": False,
                "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(site)},
                "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            }
        }
    )
    count = 0
    for record in _records(records):
        suite = record["suite"]
        expectations = [{k: v for k, v in one.items() if k != "id"} for one in suite["expectations"]]
        context.suites.add(ExpectationSuite(name=suite["name"], expectations=expectations))
        key = ValidationResultIdentifier(
            expectation_suite_identifier=ExpectationSuiteIdentifier(suite["name"]),
            run_id=RunIdentifier(run_name="最近一次", run_time=_EPOCH),
            batch_identifier=suite["name"],
        )
        context.validation_results_store.set(key, ExpectationSuiteValidationResultSchema().load(record["result"]))
        count += 1
    context.build_data_docs()
    for page in site.rglob("*.html"):
        page.write_text(shut_off(page.read_text(encoding="utf-8")), encoding="utf-8")
    shutil.rmtree(site / "static", ignore_errors=True)
    return count


def shut_off(page: str) -> str:
    """The page without what it would load from elsewhere, and with a policy that forbids the rest."""
    return _EXTERNAL.sub("", page).replace("</head>", f"{SHUT}{_STYLE}</head>", 1)


def _records(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("*.json")):
        yield json.loads(path.read_text(encoding="utf-8"))
