-- Grain: one row per register household on a dispersed supply that fails one of the five criteria, or leaves one open.
select
    'R134' as rule_id,
    '' as detail,
    case when household.water_ok is null then 'unknown' else 'fail' end as verdict,
    'household' as subject_type,
    household.household_key as subject_key,
    {{ household_label('household') }} as subject_label,
    household.area_code,
    'water' as owner,
    '分散供水五项指标全部达标' as expected,
    case when household.water_ok is null then '有指标未评定' else '有指标不达标' end as actual,
    null as difference,
    'text' as value_class,
    household.water_evidence as evidence,
    household.reg_evidence as counter_evidence
from {{ ref('int_households') }} as household
where household.is_register and household.water_mode = 'dispersed' and not coalesce(household.water_ok, false)
