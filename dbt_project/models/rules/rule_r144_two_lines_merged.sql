-- Grain: one row per household due an allowance or covered in part, or allowance case due a place in the register.
with cases as (
    select
        dibao.case_no,
        min(dibao.village_code) as area_code,
        max(dibao.npc) as npc,
        min(dibao.name) as name,
        max(case when dibao.person_uid is not null then 1 else 0 end) as has_member_in_register,
        min({{ evidence('dibao') }}) as evidence
    from {{ ref('int_dibao_rows') }} as dibao
    where dibao.is_in_force and dibao.is_rural
    group by dibao.case_no
),

lined_cases as (
    select
        *,
        {{ policy('poverty_line', 'cases.area_code') }} as poverty_line
    from cases
)

select
    'R144' as rule_id,
    'jd_not_in_dibao' as detail,
    'fail' as verdict,
    'household' as subject_type,
    household.household_key as subject_key,
    {{ household_label('household') }} as subject_label,
    household.area_code,
    'civil_affairs' as owner,
    '人均纯收入低于低保标准' || cast(cast(household.dibao_line as decimal(14, 2)) as varchar) || '元,应纳入低保' as expected,
    '人均纯收入' || cast(household.npc as varchar) || '元,未享受低保' as actual,
    cast(cast(household.dibao_line as decimal(14, 2)) - household.npc as varchar) || '元' as difference,
    'text' as value_class,
    household.reg_evidence as evidence,
    null as counter_evidence
from {{ ref('int_households') }} as household
where household.is_dibao_due and not household.has_dibao

union all

-- the allowance is the household's: one that covers some of its members only is looked at (单人保)
select
    'R144' as rule_id,
    'part_of_household' as detail,
    'warn' as verdict,
    'household' as subject_type,
    household.household_key as subject_key,
    {{ household_label('household') }} as subject_label,
    household.area_code,
    'civil_affairs' as owner,
    '低保以户为单位保障' as expected,
    '只有部分成员在低保名册' as actual,
    null as difference,
    'text' as value_class,
    household.dibao_rural_evidence as evidence,
    household.reg_evidence as counter_evidence
from {{ ref('int_households') }} as household
where household.is_register and household.has_rural_dibao and household.has_member_without_dibao

union all

select
    'R144' as rule_id,
    'dibao_not_in_jd' as detail,
    'fail' as verdict,
    'case' as subject_type,
    lined_cases.case_no as subject_key,
    '低保证号' || lined_cases.case_no as subject_label,
    lined_cases.area_code,
    'registry' as owner,
    '符合条件的低保户纳入建档立卡' as expected,
    '人均纯收入' || cast(lined_cases.npc as varchar) || '元,全户不在建档立卡系统' as actual,
    cast(cast(lined_cases.poverty_line as decimal(14, 2)) - lined_cases.npc as varchar) || '元' as difference,
    'text' as value_class,
    lined_cases.evidence,
    null as counter_evidence
from lined_cases
where lined_cases.has_member_in_register = 0 and lined_cases.npc < lined_cases.poverty_line
