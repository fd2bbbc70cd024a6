-- Grain: one row per register person at a school, from kindergarten to upper secondary, without aid this term.
select
    'R124' as rule_id,
    case when pupil.is_supported is null then 'stage_unknown' else 'no_aid' end as detail,
    case when pupil.is_supported is null then 'unknown' else 'fail' end as verdict,
    'person' as subject_type,
    pupil.person_uid as subject_key,
    {{ person_label('pupil') }} as subject_label,
    pupil.area_code,
    'education' as owner,
    '本学期享受资助' as expected,
    case when pupil.is_supported is null then '学段不明,无资助记录' else '无资助记录' end as actual,
    null as difference,
    'text' as value_class,
    pupil.evidence,
    pupil.reg_evidence as counter_evidence
from {{ ref('int_pupils') }} as pupil
where not pupil.is_aided and coalesce(pupil.is_supported, true)
