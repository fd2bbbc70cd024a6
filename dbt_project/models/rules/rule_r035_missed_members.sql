-- Grain: one row per person drawing the allowance with register members in one case, but missing from the register.
with shared_cases as (
    select
        case_no,
        min(household_key) as household_key
    from {{ ref('int_dibao_rows') }}
    where is_in_force and is_rural and person_uid is not null
    group by case_no
)

select
    'R035' as rule_id,
    'member' as detail,
    'fail' as verdict,
    'record' as subject_type,
    {{ evidence('dibao') }} as subject_key,
    {{ masked_name('dibao.name') }} as subject_label,
    dibao.village_code as area_code,
    'registry' as owner,
    '共同生活成员全部登记在户' as expected,
    '与户编号' || shared_cases.household_key || '的成员同证享受低保,本人不在建档立卡系统' as actual,
    null as difference,
    'text' as value_class,
    {{ evidence('dibao') }} as evidence,
    household.reg_evidence as counter_evidence
from {{ ref('int_dibao_rows') }} as dibao
inner join shared_cases
    on dibao.case_no = shared_cases.case_no
left join {{ ref('int_register_households') }} as household
    on shared_cases.household_key = household.household_key
where
    dibao.is_in_force
    and dibao.is_rural
    and dibao.person_uid is null
    and dibao.id_status = 'valid'
    and not exists (
        select 1
        from {{ ref('int_counterparts') }} as pair
        where
            pair.sector = 'civil_affairs'
            and pair.entity = 'dibao'
            and pair.evidence = {{ evidence('dibao') }}
    )
