-- Grain: one row per chronically ill register person with a contract in force and no visit for too long.
with signed as (
    select
        patient.*,
        case when patient.contract_from > patient.year_start then patient.contract_from else patient.year_start end
            as service_from,
        {{ policy('contract_visit_days', 'patient.area_code') }} as days_allowed
    from {{ ref('int_chronic_patients') }} as patient
    where patient.is_contracted and patient.visit_count = 0
)

select
    'R091' as rule_id,
    '' as detail,
    'fail' as verdict,
    'person' as subject_type,
    person_uid as subject_key,
    {{ person_label('signed') }} as subject_label,
    area_code,
    'medical' as owner,
    '签约后' || cast(cast(days_allowed as integer) as varchar) || '日内有随访' as expected,
    '自' || cast(service_from as varchar) || '起无随访' as actual,
    cast({{ days_between('service_from', as_of()) }} as varchar) || '天' as difference,
    'text' as value_class,
    evidence,
    reg_evidence as counter_evidence
from signed
where {{ days_between('service_from', as_of()) }} > days_allowed
