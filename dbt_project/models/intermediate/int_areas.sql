-- Grain: one row per area unit of the home (village, township, county and, where it holds several, prefecture).
{%- set root = var("county") %}
with listed as (
    select
        area_code,
        area_name,
        township
    from {{ ref('stg_registry__villages') }}
    where {{ is_area_in_force() }}
),

codes as (
    select area_code from listed

    union

    select village_code as area_code
    from {{ ref('stg_registry__households') }}
    where village_code is not null

    union

    select '{{ root }}' as area_code
),

with_parents as (
    select area_code from codes

    union

    select substr(area_code, 1, 9) as area_code
    from codes
    where length(area_code) > 9

    union

    select substr(area_code, 1, 6) as area_code
    from codes
    where length(area_code) > 6

    union

    select substr(area_code, 1, 4) as area_code
    from codes
    where length(area_code) > 4
),

names as (
    select
        area_code,
        min(area_name) as area_name
    from listed
    group by area_code
),

township_names as (
    select
        substr(area_code, 1, 9) as area_code,
        min(township) as area_name
    from listed
    where length(area_code) = 12
    group by substr(area_code, 1, 9)
)

select
    with_parents.area_code,
    coalesce(names.area_name, township_names.area_name, with_parents.area_code) as area_name,
    case length(with_parents.area_code)
        when 12 then 'village'
        when 9 then 'township'
        when 6 then 'county'
        when 4 then 'prefecture'
    end as area_level,
    case length(with_parents.area_code)
        when 12 then substr(with_parents.area_code, 1, 9)
        when 9 then substr(with_parents.area_code, 1, 6)
        {%- if root | length < 6 %}
        when 6 then substr(with_parents.area_code, 1, 4)
        {%- endif %}
    end as parent_code
from with_parents
left join names
    on with_parents.area_code = names.area_code
left join township_names
    on with_parents.area_code = township_names.area_code
where
    {{ starts_with('with_parents.area_code', "'" ~ root ~ "'") }}
    and length(with_parents.area_code) in (4, 6, 9, 12)
