"""Showing one person or household in clear to an officer who says who she is and why.

Data in: a token, a household number or the number of a mismatch; the publication in full. Data out: names and ids of
that household or person only, and a line in the audit log, written before anything is shown.
Not here: who may ask (the accounts of the operating system: only the one that owns the home can).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline import audit
from pipeline.publication import publish as publishing
from pipeline.publication.reports import NothingPublishedError

if TYPE_CHECKING:
    from pipeline.settings import Settings

_PEOPLE = """
    select person_uid, household_key, hh_no, name, id_no, relation, birth_date, area_code
    from "full".one_table_person
    where person_uid = $subject or household_key = $subject or hh_no = $subject
        or person_uid in (select subject_key from "full".mismatches where mismatch_id = $subject)
        or household_key in (select subject_key from "full".mismatches where mismatch_id = $subject)
    order by hh_no, person_uid
"""


class RevealError(Exception):
    """Nothing is shown: no name of an officer, no reason, or nobody of that number."""


def reveal(settings: Settings, subject: str, *, by: str, reason: str) -> list[dict[str, Any]]:
    """People in clear.

    Raises:
        RevealError: who asks or why is missing, or there is nobody under this number.
    """
    if not by.strip() or not reason.strip():
        raise RevealError("查看未脱敏信息须写明查看人和理由")
    folder = publishing.current(settings)
    if folder is None:
        raise NothingPublishedError("还没有发布：请先运行 onetable reconcile。")
    store, publication = publishing.FULL, folder.name
    audit.note(settings, "unmasked_read", by=by, store=store, publication=publication, subject=subject, reason=reason)
    with publishing.opened(settings, folder / publishing.FULL) as con:
        result = con.execute(_PEOPLE, {"subject": subject})
        names = [column[0] for column in result.description or ()]
        found = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    if not found:
        raise RevealError("当前发布中没有这一编号的人员或户")
    return found
