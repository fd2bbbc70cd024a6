-- Grain: one row per policy parameter and area: the value in force there on as_of.
with in_force as (
    select
        param_id,
        value,
        document,
        origin,
        valid_from,
        coalesce(area_prefix, '') as area_prefix
    from {{ ref('policy_parameters') }}
    where
        value is not null
        and (valid_from is null or valid_from <= {{ as_of() }})
        and (valid_to is null or valid_to > {{ as_of() }})
),

candidates as (
    select
        parameter.param_id,
        area.area_code,
        parameter.value,
        parameter.document,
        parameter.origin,
        parameter.valid_from,
        row_number() over (
            partition by parameter.param_id, area.area_code
            order by
                length(parameter.area_prefix) desc,
                coalesce(parameter.valid_from, cast('1900-01-01' as date)) desc,
                parameter.value asc
        ) as preference
    from in_force as parameter
    inner join {{ ref('int_areas') }} as area
        on {{ starts_with('area.area_code', 'parameter.area_prefix') }}
),

chosen as (
    select *
    from candidates
    where preference = 1
),

areas as (
    select count(*) as area_count
    from {{ ref('int_areas') }}
),

-- whether the parameter has one value, from one day, in every area of the home
spread as (
    select
        param_id,
        count(*) as area_count,
        min(value) = max(value) and count(valid_from) in (0, count(*))
        and coalesce(min(valid_from) = max(valid_from), true) as is_one_value
    from chosen
    group by param_id
)

select
    chosen.param_id,
    chosen.area_code,
    chosen.document,
    chosen.origin,
    chosen.value as value_text,
    try_cast(chosen.value as decimal(18, 6)) as value_number,
    {{ date_of('chosen.value') }} as value_date,
    chosen.valid_from as value_from,
    spread.is_one_value and spread.area_count = areas.area_count as is_everywhere
from chosen
inner join spread
    on chosen.param_id = spread.param_id
cross join areas
