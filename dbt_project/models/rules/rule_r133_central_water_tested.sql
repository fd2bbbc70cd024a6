-- Grain: one row per register household on a central supply whose water test is bad, missing or too old.
select
    'R133' as rule_id,
    '' as detail,
    case when household.water_ok is null then 'unknown' else 'fail' end as verdict,
    'household' as subject_type,
    household.household_key as subject_key,
    {{ household_label('household') }} as subject_label,
    household.area_code,
    'water' as owner,
    '集中供水水质检测合格且在有效期内' as expected,
    case
        when household.water_test_result = 'bad' then '检测不合格'
        when household.water_test_result = 'other' then '检测未按现行标准'
        when household.water_tested_on is null then '无检测记录'
        when household.water_test_result is null or household.water_test_result = 'none' then '检测结果不明'
        else '检测已过有效期(' || cast(household.water_tested_on as varchar) || ')'
    end as actual,
    null as difference,
    'text' as value_class,
    household.water_evidence as evidence,
    household.reg_evidence as counter_evidence
from {{ ref('int_households') }} as household
where household.is_register and household.water_mode = 'central' and not coalesce(household.water_ok, false)
