-- Grain: one row per register person without the special cover, or newly identified and not insured in time.
with persons as (
    select
        person.*,
        {{ policy('new_insured_days', 'person.area_code') }} as days_allowed
    from {{ ref('int_persons') }} as person
    where person.insurance_verdict in ('pass', 'fail', 'unknown')
),

findings as (
    select
        persons.*,
        'no_special_cover' as detail
    from persons
    where
        persons.has_insurance_row
        and not coalesce(persons.is_special_insured, false)
        -- a roster without a single row of the special cover does not say who lacks it
        and exists (
            select 1
            from {{ ref('int_insurance_facts') }} as reported
            where reported.is_special_insured
        )

    union all

    select
        persons.*,
        'new_not_insured' as detail
    from persons
    where
        persons.insurance_verdict = 'fail'
        and {{ year_of('persons.identified_on') }} = {{ year_of(as_of()) }}
        and {{ days_between('persons.identified_on', as_of()) }} > persons.days_allowed
)

select
    'R082' as rule_id,
    detail,
    'fail' as verdict,
    'person' as subject_type,
    person_uid as subject_key,
    {{ person_label('findings') }} as subject_label,
    area_code,
    'medical' as owner,
    case
        when detail = 'no_special_cover' then '参加扶贫特惠保'
        else '新识别后' || cast(cast(days_allowed as integer) as varchar) || '日内参保'
    end as expected,
    case
        when detail = 'no_special_cover' then '名册中无扶贫特惠保'
        else cast(identified_on as varchar) || '识别,未参保'
    end as actual,
    null as difference,
    'text' as value_class,
    insurance_evidence as evidence,
    reg_evidence as counter_evidence
from findings
