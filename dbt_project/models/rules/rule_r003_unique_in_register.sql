-- Grain: one row per identity that the register holds twice, or household that it shares with the edge list.
with repeated as (
    select
        person.person_uid,
        min(listed.reg_evidence) as first_evidence,
        max(listed.reg_evidence) as last_evidence,
        count(*) as row_count,
        {{ joined_text('listed.hh_no', '、', 'listed.hh_no') }} as households
    from {{ ref('int_register_persons') }} as person
    inner join {{ ref('int_register_person_rows') }} as listed
        on person.person_uid = listed.person_uid
    where person.row_count > 1 and person.person_key is not null
    group by person.person_uid
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
    on repeated.person_uid = person.person_uid

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
