-- Grain: one row per patient of the register on the chronic list without a checkup in the year on file.
with listed as (
    select
        patient.*,
        case when patient.last_checkup_on is null then 'not_told' else 'not_this_year' end as detail
    from {{ ref('int_chronic_patients') }} as patient
    where
        patient.is_listed
        and coalesce(patient.last_checkup_on < patient.year_start, true)
)

select
    'R092' as rule_id,
    detail,
    case
        when detail = 'not_told' then 'unknown'
        when {{ as_of() }} < year_end then 'warn'
        else 'fail'
    end as verdict,
    'person' as subject_type,
    person_uid as subject_key,
    {{ person_label('listed') }} as subject_label,
    area_code,
    'medical' as owner,
    cast({{ year_of('year_start') }} as varchar) || '年内健康体检' as expected,
    case when detail = 'not_told' then '未报体检日期' else '最近体检' || cast(last_checkup_on as varchar) end as actual,
    null as difference,
    'text' as value_class,
    evidence,
    reg_evidence as counter_evidence
from listed
