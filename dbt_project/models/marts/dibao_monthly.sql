-- Grain: one row per county or prefecture and month on record: how many of its rural people draw the allowance.
with by_area as (
    select
        month,
        county_code as area_code,
        people
    from {{ ref('stg_civil_affairs__dibao_months') }}
    {%- if var("county") | length < 6 %}

    union all

    select
        month,
        '{{ var("county") }}' as area_code,
        people
    from {{ ref('stg_civil_affairs__dibao_months') }}
    {%- endif %}
),

counted as (
    select
        month,
        area_code,
        sum(people) as people
    from by_area
    group by month, area_code
),

-- one population for every month: the list of villages tells only today's, and only of every place a share is right
population as (
    select
        area_code,
        denominator as rural_people
    from {{ ref('int_indicators') }}
    where indicator = 'dibao_rural_rate' and denominator > 0 and unknown = 0
),

compared as (
    select
        counted.month,
        counted.area_code,
        area.area_level,
        counted.people,
        population.rural_people,
        lag(counted.month) over of_area as month_before,
        lag(counted.people) over of_area as people_before
    from counted
    inner join {{ ref('int_areas') }} as area
        on counted.area_code = area.area_code
    left join population
        on counted.area_code = population.area_code
    window of_area as (partition by counted.area_code order by counted.month asc)
)

select
    area_code,
    area_level,
    month,
    cast(people as bigint) as people,
    cast(rural_people as bigint) as rural_people,
    {{ ratio('people', 'rural_people') }} as rate,
    month_before,
    cast(people - people_before as bigint) as change_people,
    {{ ratio('people', 'rural_people') }} - {{ ratio('people_before', 'rural_people') }} as change_rate
from compared
