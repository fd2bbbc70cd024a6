"""Ids and phone numbers never reach a log line, however they get into a message."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from connectors import log_mask

ID = "61009919650311002X"


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    before = logging.getLogRecordFactory()
    log_mask.install()
    written = io.StringIO()
    logger = logging.getLogger("somebody.else")
    handler = logging.StreamHandler(written)
    logger.addHandler(handler)
    yield logger, written
    logger.removeHandler(handler)
    logging.setLogRecordFactory(before)


def test_messages_and_arguments_are_masked(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    logger.warning("row of %s, phone %s", ID, 13800001234)
    assert written.getvalue() == "row of **************002X, phone 138****1234\n"


@pytest.mark.parametrize("ending", ["43", "43B1", "44b2"])
def test_the_number_of_a_disability_certificate_shows_no_id(ending: str) -> None:
    assert log_mask.masked(f"certificate {ID}{ending}.") == f"certificate **************002X{ending}."


def test_the_text_of_an_exception_is_masked(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    try:
        raise ValueError(f"Could not convert string '{ID}' to INT64")
    except ValueError:
        logger.exception("failed")
    assert ID not in written.getvalue()
    assert "ValueError" in written.getvalue()
    assert "**************002X" in written.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "a 610099196503110021f hash",
        "medical-enrolments-000000000001",
        "20200630 12:00",
        "1234567890123456789",
        "%d items",
    ],
)
def test_what_is_no_identifier_stays(text: str) -> None:
    assert log_mask.masked(text) == text
