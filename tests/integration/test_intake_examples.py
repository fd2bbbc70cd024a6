"""The clean example of every feed reads the same from a text file and from a workbook."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.intake_bench import example, read, to_csv, to_xlsx
from tests.integration.intake_examples import EXAMPLES


@pytest.mark.parametrize("container", ["csv", "gb18030", "xlsx"])
@pytest.mark.parametrize("feed", sorted(EXAMPLES))
def test_clean_example_is_accepted_without_codes(tmp_path: Path, feed: str, container: str) -> None:
    rows = example(feed)
    body = (
        to_xlsx({"Sheet1": rows}) if container == "xlsx" else to_csv(rows, "utf-8" if container == "csv" else container)
    )

    found = read(tmp_path, feed, body)

    expected = {"registry/persons": {3: {"W_ID_CERT"}}}.get(feed, {})
    sheet = "Sheet1" if container == "xlsx" else "csv"
    assert found.codes == {f"{sheet}!{row}": codes for row, codes in expected.items()}
    assert found.status == "accepted"
    assert found.reasons <= {"G_OPTIONAL_MISSING"}
    assert found.counts["rows_in"] == 3
    assert len(found.values("row_no")) == 3
