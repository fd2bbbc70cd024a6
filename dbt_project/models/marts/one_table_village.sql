-- Grain: one row per village of the county, with its counts.
with households as (
    select
        area_code,
        {%- for card in ['red', 'yellow', 'green', 'blue', 'review'] %}
        sum(case when card = '{{ card }}' then 1 else 0 end) as card_{{ card }}_count,
        {%- endfor %}
        sum(case when is_register then 1 else 0 end) as household_count
    from {{ ref('int_households') }}
    group by area_code
),

persons as (
    select
        area_code,
        count(*) as person_count,
        sum(case when insurance_verdict in ('fail', 'unknown') then 1 else 0 end) as not_insured_count,
        sum(case when school_verdict in ('fail', 'unknown') then 1 else 0 end) as not_in_school_count,
        sum(case when is_dibao then 1 else 0 end) as dibao_count
    from {{ ref('int_persons') }}
    group by area_code
),

findings as (
    select
        area_code,
        count(*) as mismatch_count
    from {{ ref('mismatches') }}
    group by area_code
)

select
    area.area_code,
    area.area_name as village_name,
    area.parent_code as township_code,
    township.area_name as township_name,
    cast(coalesce(households.household_count, 0) as bigint) as household_count,
    cast(coalesce(persons.person_count, 0) as bigint) as person_count,
    {%- for card in ['red', 'yellow', 'green', 'blue', 'review'] %}
    cast(coalesce(households.card_{{ card }}_count, 0) as bigint) as card_{{ card }}_count,
    {%- endfor %}
    cast(coalesce(persons.not_insured_count, 0) as bigint) as not_insured_count,
    cast(coalesce(persons.not_in_school_count, 0) as bigint) as not_in_school_count,
    cast(coalesce(persons.dibao_count, 0) as bigint) as dibao_count,
    cast(coalesce(findings.mismatch_count, 0) as bigint) as mismatch_count
from {{ ref('int_areas') }} as area
left join {{ ref('int_areas') }} as township
    on area.parent_code = township.area_code
left join households
    on area.area_code = households.area_code
left join persons
    on area.area_code = persons.area_code
left join findings
    on area.area_code = findings.area_code
where area.area_level = 'village'
