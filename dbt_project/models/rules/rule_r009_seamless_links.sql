-- Grain: one row per feed whose rows of the register meet it too seldom, or register row that hangs in the air.
{%- set feeds = [
    ('medical', 'enrolments', 'int_medical_rows', 'person_class', 'person_uid is not null'),
    ('medical', 'inpatient_claims', 'int_claim_rows', 'person_class', 'person_uid is not null'),
    ('medical', 'chronic_visits', 'int_chronic_rows', 'person_class', 'person_uid is not null'),
    ('education', 'enrolments', 'int_education_rows', 'person_class', 'person_uid is not null'),
    ('education', 'aid_payments', 'int_aid_rows', 'person_class', 'person_uid is not null'),
    ('civil_affairs', 'dibao', 'int_dibao_rows', 'person_class', 'person_uid is not null'),
    ('civil_affairs', 'disability', 'int_disability_rows', 'person_class', 'person_uid is not null'),
    ('housing', 'appraisals', 'int_appraisal_rows', 'subject_class', 'is_linked'),
] %}
with counted as (
    {%- for sector, entity, model, class, linked in feeds %}
    select
        '{{ sector }}' as sector,
        '{{ sector }}/{{ entity }}' as feed,
        sum(case when {{ linked }} then 1 else 0 end) as met,
        sum(case when {{ linked }} or {{ list_has(class, "'jd'") }} then 1 else 0 end) as of_register
    from {{ ref(model) }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

measured as (
    select
        *,
        {{ ratio('met', 'of_register') }} as match_rate,
        {{ policy('feed_match_min', "'" ~ var('county') ~ "'") }} as match_min
    from counted
)

select
    'R009' as rule_id,
    'match_low' as detail,
    'fail' as verdict,
    'feed' as subject_type,
    feed as subject_key,
    feed as subject_label,
    '{{ var("county") }}' as area_code,
    sector as owner,
    '与建档立卡对应的比例不低于' || cast(cast(match_min as decimal(9, 2)) as varchar) as expected,
    cast(match_rate as varchar) || '(' || cast(met as varchar) || '/' || cast(of_register as varchar) || ')' as actual,
    cast(of_register - met as varchar) || '条对应不上' as difference,
    'text' as value_class,
    null as evidence,
    null as counter_evidence
from measured
where match_rate < match_min

union all

select
    'R009' as rule_id,
    'person_without_household' as detail,
    'fail' as verdict,
    'person' as subject_type,
    person.person_uid as subject_key,
    {{ person_label('person') }} as subject_label,
    person.area_code,
    'registry' as owner,
    '成员所在户在户信息中' as expected,
    '户信息中无此户编号' as actual,
    null as difference,
    'text' as value_class,
    person.reg_evidence as evidence,
    null as counter_evidence
from {{ ref('int_register_persons') }} as person
left join {{ ref('int_register_households') }} as household
    on person.household_key = household.household_key
where household.household_key is null

union all

select
    'R009' as rule_id,
    'household_without_village' as detail,
    'fail' as verdict,
    'household' as subject_type,
    household.household_key as subject_key,
    {{ household_label('household') }} as subject_label,
    household.area_code,
    'registry' as owner,
    '户所在村在行政村名单中' as expected,
    '行政村名单中无' || coalesce(household.area_code, '') as actual,
    null as difference,
    'text' as value_class,
    household.reg_evidence as evidence,
    null as counter_evidence
from {{ ref('int_register_households') }} as household
left join {{ ref('stg_registry__villages') }} as village
    on household.area_code = village.area_code
where village.area_code is null
