-- Grain: one row per household suspected of a dangerous house that has no grade, no date of it, or an old one.
with suspected as (
    select
        housing.household_key,
        housing.grade,
        housing.appraised_on,
        housing.appraisal_evidence,
        household.hh_no,
        household.reg_evidence,
        coalesce(household.head_name, housing.head_name) as head_name,
        coalesce(household.area_code, housing.village_code) as area_code,
        {{ policy('appraisal_valid_months', 'coalesce(household.area_code, housing.village_code)') }} as valid_months
    from {{ ref('int_housing_facts') }} as housing
    left join {{ ref('int_households') }} as household
        on housing.household_key = household.household_key
    where housing.suspect
),

findings as (
    select
        *,
        case
            when grade is null then 'not_appraised'
            when appraised_on is null then 'undated'
            when appraised_on < {{ subtract_months(as_of(), 'valid_months') }} then 'outdated'
        end as detail
    from suspected
)

select
    'R106' as rule_id,
    detail,
    case when detail = 'undated' then 'unknown' else 'fail' end as verdict,
    'household' as subject_type,
    household_key as subject_key,
    {{ household_label('findings') }} as subject_label,
    area_code,
    'housing' as owner,
    '疑似危房已鉴定,结果在有效期内' as expected,
    case detail
        when 'not_appraised' then '未鉴定'
        when 'undated' then '有等级,无鉴定日期'
        else '鉴定日期' || cast(appraised_on as varchar)
    end as actual,
    null as difference,
    'text' as value_class,
    appraisal_evidence as evidence,
    reg_evidence as counter_evidence
from findings
where detail is not null
