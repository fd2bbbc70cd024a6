-- Grain: one row per eligible disabled register person and premium that the government did not pay.
with eligible as (
    select
        person.*,
        {{ year_of(as_of()) }} - {{ year_of('person.birth_date') }}
        - case when {{ month_day(as_of()) }} < {{ month_day('person.birth_date') }} then 1 else 0 end as age,
        {{ policy('pension_age_min', 'person.area_code') }} as age_min,
        {{ policy('pension_age_max', 'person.area_code') }} as age_max
    from {{ ref('int_disabled_persons') }} as person
    where
        person.has_certificate
        and {{ list_has(policy('premium_levels', 'person.area_code', 'text'), 'person.level') }}
),

findings as (
    select
        eligible.*,
        'medical' as detail,
        eligible.med_gov as is_paid
    from eligible

    union all

    select
        eligible.*,
        'pension' as detail,
        eligible.pension_gov as is_paid
    from eligible
    where eligible.age between eligible.age_min and eligible.age_max
)

select
    'R149' as rule_id,
    detail,
    case when is_paid is null then 'unknown' else 'fail' end as verdict,
    'person' as subject_type,
    person_uid as subject_key,
    {{ person_label('findings') }} as subject_label,
    area_code,
    'civil_affairs' as owner,
    case when detail = 'medical' then '代缴城乡居民医疗保险' else '代缴城乡居民养老保险' end as expected,
    case when is_paid is null then '未报是否代缴' else '未代缴' end as actual,
    null as difference,
    'text' as value_class,
    evidence,
    reg_evidence as counter_evidence
from findings
where not coalesce(is_paid, false)
