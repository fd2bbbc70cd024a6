-- Grain: one row per identity that the register holds twice, or household that it shares with the edge list.
with repeated as (
    select
        person_key,
        min(reg_evidence) as first_evidence,
        max(reg_evidence) as last_evidence,
        count(*) as row_count,
        {{ joined_text('hh_no', '、', 'hh_no') }} as households
    from {{ ref('int_register_person_rows') }}
    where person_key is not null
    group by person_key
    having count(*) > 1
)

select
    'R003' as rule_id,
    'dup_id' as detail,
    'fail' as verdict,
    'person' as subject_type,
    person.person_uid as subject_key,
    {{ person_label('person') }} as subject_label,
    person.area_code,
    'registry' as owner,
    '一人一条' as expected,
    '系统内' || cast(repeated.row_count as varchar) || '条,户编号' || repeated.households as actual,
    null as difference,
    'text' as value_class,
    repeated.first_evidence as evidence,
    repeated.last_evidence as counter_evidence
from repeated
inner join {{ ref('int_register_persons') }} as person
    on repeated.person_key = person.person_key

union all

select
    'R003' as rule_id,
    'edge_in_register' as detail,
    'fail' as verdict,
    'household' as subject_type,
    household.household_key as subject_key,
    {{ household_label('household') }} as subject_label,
    household.area_code,
    'registry' as owner,
    '一户只在一张名单' as expected,
    '同时在建档立卡系统和边缘户名单' as actual,
    null as difference,
    'text' as value_class,
    household.edge_evidence as evidence,
    household.reg_evidence as counter_evidence
from {{ ref('int_households') }} as household
where household.is_register and household.hh_kind in ('edge', 'sudden')
