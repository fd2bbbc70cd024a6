-- Grain: one row per living register person, not exempt, who is not insured or whose insurance is unknown.
select
    'R081' as rule_id,
    '' as detail,
    person.insurance_verdict as verdict,
    'person' as subject_type,
    person.person_uid as subject_key,
    {{ person_label('person') }} as subject_label,
    person.area_code,
    'medical' as owner,
    '已参保缴费' as expected,
    case
        when person.insurance_verdict = 'unknown' then '未找到'
        else coalesce({{ word_of('CL-INS', 'person.ins_state') }}, '未填')
    end as actual,
    null as difference,
    'text' as value_class,
    person.insurance_evidence as evidence,
    person.reg_evidence as counter_evidence
from {{ ref('int_persons') }} as person
where person.insurance_verdict in ('fail', 'unknown')
