-- Grain: one row per register household whose water nobody has surveyed, judged or made safe by the deadline.
with findings as (
    select
        household.*,
        {{ policy('water_deadline', 'household.area_code', 'date') }} as deadline,
        case
            when not household.has_water_survey then 'not_surveyed'
            when household.water_ok is null then 'unjudged'
            else 'unsolved'
        end as detail
    from {{ ref('int_households') }} as household
    where household.is_register and not coalesce(household.water_ok, false)
)

select
    'R135' as rule_id,
    detail,
    case
        when detail = 'unjudged' then 'unknown'
        when {{ as_of() }} > deadline then 'fail'
        else 'warn'
    end as verdict,
    'household' as subject_type,
    household_key as subject_key,
    {{ household_label('findings') }} as subject_label,
    area_code,
    'water' as owner,
    '应于' || cast(deadline as varchar) || '前逐户排查、全面解决' as expected,
    case detail when 'not_surveyed' then '未入户评定' when 'unjudged' then '评定结果不明' else '饮水不安全' end as actual,
    case when {{ as_of() }} > deadline then '超期' || cast({{ days_between('deadline', as_of()) }} as varchar) || '天' end
        as difference,
    'text' as value_class,
    water_evidence as evidence,
    reg_evidence as counter_evidence
from findings
where deadline is not null
