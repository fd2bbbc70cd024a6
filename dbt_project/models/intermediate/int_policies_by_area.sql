-- Grain: one row per policy parameter and area: the value in force there on as_of.
with candidates as (
    select
        parameter.param_id,
        area.area_code,
        parameter.value,
        parameter.document,
        parameter.origin,
        row_number() over (
            partition by parameter.param_id, area.area_code
            order by
                length(coalesce(parameter.area_prefix, '')) desc,
                coalesce(parameter.valid_from, cast('1900-01-01' as date)) desc,
                parameter.value asc
        ) as preference
    from {{ ref('policy_parameters') }} as parameter
    inner join {{ ref('int_areas') }} as area
        on {{ starts_with('area.area_code', "coalesce(parameter.area_prefix, '')") }}
    where
        (parameter.valid_from is null or parameter.valid_from <= {{ as_of() }})
        and (parameter.valid_to is null or parameter.valid_to > {{ as_of() }})
        and parameter.value is not null
)

select
    param_id,
    area_code,
    document,
    origin,
    value as value_text,
    try_cast(value as decimal(18, 6)) as value_number,
    {{ date_of('value') }} as value_date
from candidates
where preference = 1
