-- Grain: one row per living register person of compulsory school age who is out of school or not found in it.
select
    'R120' as rule_id,
    '' as detail,
    person.school_verdict as verdict,
    'person' as subject_type,
    person.person_uid as subject_key,
    {{ person_label('person') }} as subject_label,
    person.area_code,
    'education' as owner,
    '义务教育阶段在学' as expected,
    case
        when person.school_evidence is null then '未找到'
        else
            coalesce({{ word_of('CL-EDUST', 'person.school_status') }}, '未填')
            || coalesce(',' || {{ word_of('CL-DROP', 'person.drop_cause') }}, '')
    end as actual,
    null as difference,
    'text' as value_class,
    person.school_evidence as evidence,
    person.reg_evidence as counter_evidence
from {{ ref('int_persons') }} as person
where person.school_verdict in ('fail', 'unknown')
