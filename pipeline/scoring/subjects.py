"""How the truth names a subject, in the keys of the publication.

Data in: a truth table under the alias ``truth`` with ``subject_type`` and ``subject``, the scored home's deliveries.
Data out: SQL for the key and for the joins that it needs. A person is an id, which becomes a token; a row of a file is
named by its place and becomes evidence or a row key.
Not here: comparing anything (score.py, score_lists.py).
"""

from __future__ import annotations

SUBJECT_KEY = """
case
    when truth.subject_type = 'record' then deliveries.submission_id || '#' || split_part(truth.subject, '!!', 2)
    when truth.subject_type = 'person' and deliveries.file is not null then 'R' || people.row_key
    when truth.subject_type = 'case' and deliveries.file is not null then claims.row_key
    when truth.subject_type = 'person' then token(truth.subject)
    else truth.subject
end
"""

SUBJECT_SOURCE = """
left join deliveries on split_part(truth.subject, '!!', 1) = deliveries.file
left join wh.raw.registry__persons as people
    on deliveries.submission_id = people.submission_id
    and people.sheet || '!' || people.row_no = split_part(truth.subject, '!!', 2)
left join wh.raw.medical__inpatient_claims as claims
    on deliveries.submission_id = claims.submission_id
    and claims.sheet || '!' || claims.row_no = split_part(truth.subject, '!!', 2)
"""
