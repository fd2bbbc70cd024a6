-- Grain: one row per register household whose current dwelling is not safe, or not known to be.
select
    'R107' as rule_id,
    '' as detail,
    case when household.housing_ok is null then 'unknown' else 'fail' end as verdict,
    'household' as subject_type,
    household.household_key as subject_key,
    {{ household_label('household') }} as subject_label,
    household.area_code,
    'housing' as owner,
    '现住房安全' as expected,
    case
        when household.housing_evidence is null then '未找到'
        when household.housing_grade is null then '未鉴定'
        else {{ word_of('CL-GRADE', 'household.housing_grade') }} || ',未完成改造'
    end as actual,
    null as difference,
    'text' as value_class,
    household.housing_evidence as evidence,
    household.reg_evidence as counter_evidence
from {{ ref('int_households') }} as household
where household.is_register and not coalesce(household.housing_ok, false)
