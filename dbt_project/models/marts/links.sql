-- Grain: one row per sector row that is about a register person or household.
{%- set person_feeds = [
    ('medical', 'enrolments', 'int_medical_rows'),
    ('education', 'enrolments', 'int_education_rows'),
    ('civil_affairs', 'dibao', 'int_dibao_rows'),
    ('civil_affairs', 'tekun', 'int_tekun_rows'),
    ('civil_affairs', 'disability', 'int_disability_rows'),
    ('medical', 'inpatient_claims', 'int_claim_rows'),
    ('medical', 'chronic_visits', 'int_chronic_rows'),
    ('education', 'aid_payments', 'int_aid_rows'),
] %}
{%- set household_feeds = [
    ('housing', 'appraisals', 'int_appraisal_rows'),
    ('housing', 'retrofits', 'int_retrofit_rows'),
    ('water', 'household_water', 'int_water_rows'),
] %}
{%- for sector, entity, model in person_feeds %}
select distinct
    '{{ sector }}' as sector,
    '{{ entity }}' as entity,
    submission_id,
    sheet,
    row_no,
    person_uid,
    household_key,
    tier
from {{ ref(model) }}
where person_uid is not null

union all
{% endfor %}
{%- for sector, entity, model in household_feeds %}
select distinct
    '{{ sector }}' as sector,
    '{{ entity }}' as entity,
    submission_id,
    sheet,
    row_no,
    cast(null as varchar) as person_uid,
    household_key,
    tier
from {{ ref(model) }}
where is_linked
{% if not loop.last %}
union all
{% endif %}
{%- endfor %}
