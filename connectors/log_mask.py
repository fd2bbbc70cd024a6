"""The second line against identifiers in logs: whatever is logged by this process passes a mask.

Data in: log records of any library. Data out: the same records with resident ids and phone numbers masked, in the
message and in the text of an exception. The first line is that nobody logs a value at all.
"""

from __future__ import annotations

import io
import logging
import re
import traceback

_ID = re.compile(r"(?<![0-9A-Za-z])[1-9][0-9]{13}(?=[0-9]{3}[0-9Xx](?:[0-9]{2}(?:[Bb][0-9])?)?(?![0-9A-Za-z]))")
"""A resident id, also at the beginning of a disability certificate: kind, grade and count of renewals follow."""
_PHONE = re.compile(r"(?<![0-9A-Za-z])(1[3-9][0-9])[0-9]{4}([0-9]{4})(?![0-9A-Za-z])")
_make = logging.getLogRecordFactory()


def masked(text: str) -> str:
    """``text`` with ids and phone numbers masked: ``**************002X``, ``138****1234``."""
    return _PHONE.sub(r"\1****\2", _ID.sub("*" * 14, text))


def install() -> None:
    """Mask every record that is made from now on; once for a process, however often it is called."""
    logging.setLogRecordFactory(_masked_record)


def _masked_record(*arguments: object, **options: object) -> logging.LogRecord:
    record = _make(*arguments, **options)
    try:
        told = record.getMessage()
    except (TypeError, ValueError):
        return record  # logging itself reports a format that does not fit
    if masked(told) != told:
        record.msg, record.args = masked(told), ()
    if record.exc_info and record.exc_info[0] is not None:
        text = io.StringIO()
        traceback.print_exception(*record.exc_info, file=text)
        record.exc_text = masked(text.getvalue().rstrip("\n"))
    return record
