-- Grain: one row per disabled register person at a school without the aid for disabled pupils this term.
select
    'R128' as rule_id,
    'no_aid' as detail,
    'fail' as verdict,
    'person' as subject_type,
    pupil.person_uid as subject_key,
    {{ person_label('pupil') }} as subject_label,
    pupil.area_code,
    'education' as owner,
    '残疾学生享受残疾学生资助' as expected,
    '本学期无残疾学生资助' as actual,
    null as difference,
    'text' as value_class,
    pupil.evidence,
    pupil.reg_evidence as counter_evidence
from {{ ref('int_pupils') }} as pupil
where pupil.is_disabled and not pupil.has_disability_aid
