-- Grain: one row per register household still without the allowance it is due after the day set for all to have it.
with due as (
    select
        household.*,
        {{ policy('dibao_merge_deadline', 'household.area_code', 'date') }} as deadline
    from {{ ref('int_households') }} as household
    where household.is_dibao_due and not household.has_dibao
)

select
    'R145' as rule_id,
    '' as detail,
    'fail' as verdict,
    'household' as subject_type,
    household_key as subject_key,
    {{ household_label('due') }} as subject_label,
    area_code,
    'civil_affairs' as owner,
    cast(deadline as varchar) || '前全部纳入农村低保' as expected,
    '人均纯收入' || cast(npc as varchar) || '元,未享受低保' as actual,
    '超期' || cast({{ days_between('deadline', as_of()) }} as varchar) || '天' as difference,
    'text' as value_class,
    reg_evidence as evidence,
    null as counter_evidence
from due
where {{ as_of() }} > deadline
