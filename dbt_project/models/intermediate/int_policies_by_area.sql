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
)

select
    param_id,
    area_code,
    document,
    origin,
    value as value_text,
    try_cast(value as decimal(18, 6)) as value_number,
    {{ date_of('value') }} as value_date,
    valid_from as value_from
from candidates
where preference = 1
