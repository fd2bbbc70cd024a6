-- Grain: one row per household leaving poverty this year whose dwelling is not found safe, or county below its share.
with findings as (
    select
        household.*,
        case
            when household.housing_ok is null then 'unknown'
            when not household.housing_ok then 'unsafe'
            when household.housing_certified or household.retrofit_done_on is not null then null
            when household.housing_certified is null then 'certificate_unknown'
            else 'not_certified'
        end as detail
    from {{ ref('int_households') }} as household
    where household.is_exit_household
)

select
    'R108' as rule_id,
    detail,
    case when detail like '%unknown' then 'unknown' else 'fail' end as verdict,
    'household' as subject_type,
    household_key as subject_key,
    {{ household_label('findings') }} as subject_label,
    area_code,
    'housing' as owner,
    '当年退出户的住房已认定安全' as expected,
    case detail
        when 'unknown' then '住房是否安全不明'
        when 'unsafe' then '住房不安全'
        when 'certificate_unknown' then '未填认定结果'
        else '未认定'
    end as actual,
    null as difference,
    'text' as value_class,
    housing_evidence as evidence,
    reg_evidence as counter_evidence
from findings
where detail is not null

union all

select
    rule_id,
    detail,
    verdict,
    subject_type,
    subject_key,
    subject_label,
    area_code,
    owner,
    expected,
    actual,
    difference,
    value_class,
    evidence,
    counter_evidence
from (
    {{ below_target('R108', 'rural_safe_house_rate') }}
) as county_share
