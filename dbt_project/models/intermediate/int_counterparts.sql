-- Grain: one row per unlinked roster row and register person or head of the same name in the same village.
{%- set person_feeds = [
    ('medical', 'enrolments', 'int_medical_rows'),
    ('education', 'enrolments', 'int_education_rows'),
    ('civil_affairs', 'dibao', 'int_dibao_rows'),
    ('civil_affairs', 'tekun', 'int_tekun_rows'),
] %}
{%- set household_feeds = [
    ('housing', 'appraisals', 'int_appraisal_rows'),
    ('water', 'household_water', 'int_water_rows'),
] %}
{%- for sector, entity, model in person_feeds %}
select
    '{{ sector }}' as sector,
    '{{ entity }}' as entity,
    {{ evidence('sector_row') }} as evidence,
    'person' as subject_type,
    person.person_uid as register_key,
    person.reg_evidence
from {{ ref(model) }} as sector_row
inner join {{ ref('int_register_persons') }} as person
    on sector_row.name_norm = person.name_norm and sector_row.village_code = person.area_code
where
    sector_row.person_uid is null
    and sector_row.has_namesake
    and length(sector_row.village_code) = 12
    and not exists (
        select 1
        from {{ ref(model) }} as linked
        where linked.person_uid = person.person_uid
    )
    and {{ not_apart('sector_row.subject_key', 'sector_row.name_norm', 'person.person_uid') }}

union all
{% endfor %}
{%- for sector, entity, model in household_feeds %}
select
    '{{ sector }}' as sector,
    '{{ entity }}' as entity,
    {{ evidence('sector_row') }} as evidence,
    'household' as subject_type,
    household.household_key as register_key,
    household.reg_evidence
from {{ ref(model) }} as sector_row
inner join {{ ref('int_register_households') }} as household
    on sector_row.head_name_norm = household.head_name_norm and sector_row.village_code = household.area_code
where
    not sector_row.is_linked
    and length(sector_row.village_code) = 12
    and not exists (
        select 1
        from {{ ref(model) }} as linked
        where linked.is_linked and linked.household_key = household.household_key
    )
    and {{ not_apart("'R' || sector_row.row_key", 'sector_row.head_name_norm', 'household.household_key') }}
{% if not loop.last %}
union all
{% endif %}
{%- endfor %}
