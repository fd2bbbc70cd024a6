-- Grain: one row per indicator and smallest area (NULL where the subject's village is unknown).
with person_sums as (
    select
        person.area_code,
        {%- for name, condition in [
            ('not_out', "household.status = 'not_out'"),
            ('alive', 'not person.is_dead'),
            ('insurable', "person.insurance_verdict in ('pass', 'fail', 'unknown')"),
            ('insured', "person.insurance_verdict = 'pass'"),
            ('insurance_unknown', "person.insurance_verdict = 'unknown'"),
            ('paid', 'not person.is_dead and person.is_insured'),
            ('unpaid', "person.insurance_verdict = 'fail' and person.has_unpaid_row"),
            ('school_due', "person.school_verdict <> 'not_due' and not coalesce(person.is_excused, false)"),
            ('in_school', "person.school_verdict <> 'not_due' and person.is_in_school
                and not coalesce(person.is_excused, false)"),
            ('school_unknown', "person.school_verdict = 'unknown'"),
            ('dropout', "person.school_verdict = 'fail' and person.is_dropout"),
            ('home', "person.school_verdict <> 'not_due' and person.is_taught_at_home"),
            ('water_safe', 'household.water_ok'),
            ('water_unknown', 'household.water_ok is null'),
            ('dibao', 'person.is_dibao'),
        ] %}
        sum(case when {{ condition }} then 1 else 0 end) as {{ name }}_persons,
        {%- endfor %}
        count(*) as jd_persons
    from {{ ref('int_persons') }} as person
    left join {{ ref('int_households') }} as household
        on person.household_key = household.household_key and household.is_register
    group by person.area_code
),

household_sums as (
    select
        area_code,
        {%- for name, condition in [
            ('edge', 'hh_kind is not null'),
            ('housing_ok', 'is_register and housing_ok'),
            ('housing_unknown', 'is_register and housing_ok is null'),
            ('dibao_due', 'is_dibao_due'),
            ('dibao_covered', 'is_dibao_due and has_dibao'),
            ('red', "card = 'red'"),
            ('yellow', "card = 'yellow'"),
            ('green', "card = 'green'"),
            ('blue', "card = 'blue'"),
            ('review', "card = 'review'"),
        ] %}
        sum(case when {{ condition }} then 1 else 0 end) as {{ name }}_hh,
        {%- endfor %}
        sum(case when is_register then 1 else 0 end) as jd_hh
    from {{ ref('int_households') }}
    group by area_code
),

project_sums as (
    select
        coalesce(household.area_code, project.village_code) as area_code,
        sum(case when project.started_on is not null or project.progress_step >= 1 then 1 else 0 end) as started,
        sum(case when project.completed_on is not null or project.progress_step >= 3 then 1 else 0 end) as done,
        sum(case when project.is_fully_paid then 1 else 0 end) as paid
    from {{ ref('int_retrofit_projects') }} as project
    left join {{ ref('int_register_households') }} as household
        on project.household_key = household.household_key
    where project.batch_year = {{ year_of(as_of()) }}
    group by coalesce(household.area_code, project.village_code)
),

allowance_sums as (
    select
        coalesce(person.area_code, dibao.village_code) as area_code,
        count(distinct dibao.row_key) as persons
    from {{ ref('int_dibao_rows') }} as dibao
    left join {{ ref('int_register_persons') }} as person
        on dibao.person_uid = person.person_uid
    where dibao.is_in_force and dibao.is_rural
    group by coalesce(person.area_code, dibao.village_code)
)

{% for indicator, relation, numerator, denominator, unknown in [
    ('jd_persons', 'person_sums', 'jd_persons', none, none),
    ('not_out_persons', 'person_sums', 'not_out_persons', none, none),
    ('ins_rate', 'person_sums', 'insured_persons', 'insurable_persons', 'insurance_unknown_persons'),
    ('ins_paid_persons', 'person_sums', 'paid_persons', none, none),
    ('ins_unpaid_persons', 'person_sums', 'unpaid_persons', none, none),
    ('in_school_rate', 'person_sums', 'in_school_persons', 'school_due_persons', 'school_unknown_persons'),
    ('dropout_persons', 'person_sums', 'dropout_persons', none, none),
    ('home_persons', 'person_sums', 'home_persons', none, none),
    ('water_safe_rate', 'person_sums', 'water_safe_persons', 'jd_persons', 'water_unknown_persons'),
    ('water_safe_full', 'person_sums', 'water_safe_persons', 'jd_persons', 'water_unknown_persons'),
    ('dibao_jd_persons', 'person_sums', 'dibao_persons', none, none),
    ('jd_hh', 'household_sums', 'jd_hh', none, none),
    ('edge_hh', 'household_sums', 'edge_hh', none, none),
    ('safe_house_rate', 'household_sums', 'housing_ok_hh', 'jd_hh', 'housing_unknown_hh'),
    ('dibao_cover_rate', 'household_sums', 'dibao_covered_hh', 'dibao_due_hh', none),
    ('card_red', 'household_sums', 'red_hh', none, none),
    ('card_yellow', 'household_sums', 'yellow_hh', none, none),
    ('card_green', 'household_sums', 'green_hh', none, none),
    ('card_blue', 'household_sums', 'blue_hh', none, none),
    ('card_review', 'household_sums', 'review_hh', none, none),
    ('retro_started', 'project_sums', 'started', none, none),
    ('retro_done', 'project_sums', 'done', none, none),
    ('retro_paid', 'project_sums', 'paid', none, none),
    ('dibao_persons', 'allowance_sums', 'persons', none, none),
] -%}
select
    '{{ indicator }}' as indicator,
    area_code,
    cast({{ numerator }} as bigint) as numerator,
    cast({{ denominator or 'null' }} as bigint) as denominator,
    cast({{ unknown or '0' }} as bigint) as unknown
from {{ relation }}
{%- if not loop.last %}

union all
{% endif %}
{% endfor %}
