-- Grain: one row per household and reason for which no card can be given without an officer.
select
    'R048' as rule_id,
    household.card_reason as detail,
    'fail' as verdict,
    'household' as subject_type,
    household.household_key as subject_key,
    {{ household_label('household') }} as subject_label,
    household.area_code,
    'registry' as owner,
    '有且只有一种卡' as expected,
    {{ word_of('CARD-REASON', 'household.card_reason') }} as actual,
    case when household.npc is not null then '人均纯收入' || cast(household.npc as varchar) || '元' end as difference,
    'text' as value_class,
    household.reg_evidence as evidence,
    household.edge_evidence as counter_evidence
from {{ ref('int_households') }} as household
where household.card_reason is not null

union all

select
    'R048' as rule_id,
    'edge_in_register' as detail,
    'fail' as verdict,
    'household' as subject_type,
    household.household_key as subject_key,
    {{ household_label('household') }} as subject_label,
    household.area_code,
    'registry' as owner,
    '边缘户不在建档立卡系统内' as expected,
    '同时在建档立卡系统和边缘户名单' as actual,
    null as difference,
    'text' as value_class,
    household.edge_evidence as evidence,
    household.reg_evidence as counter_evidence
from {{ ref('int_households') }} as household
where household.is_register and household.hh_kind in ('edge', 'sudden')
