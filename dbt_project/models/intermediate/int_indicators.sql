-- Grain: one row per indicator and area of every level; the number itself, before target and status are put beside it.
with expanded as (
    {{ in_every_area(ref('int_indicator_bases'), ['indicator', 'numerator', 'denominator', 'unknown']) }}
),

rolled_up as (
    select
        indicator,
        area_code,
        sum(numerator) as numerator,
        sum(denominator) as denominator,
        sum(unknown) as unknown
    from expanded
    group by indicator, area_code
),

missing as (
    {{ missing_feeds(ref('indicators_registry'), 'indicator') }}
),

unset as (
    {{ missing_params(ref('indicators_registry'), 'indicator') }}
),

lacking as (
    select
        registry.indicator,
        registry.denominator <> '' as is_rate,
        missing.missing is not null or unset.missing is not null as is_not_run
    from {{ ref('indicators_registry') }} as registry
    left join missing
        on registry.indicator = missing.indicator
    left join unset
        on registry.indicator = unset.indicator
)

select
    lacking.indicator,
    area.area_code,
    area.area_level,
    lacking.is_rate,
    lacking.is_not_run,
    case when not lacking.is_not_run then coalesce(rolled_up.numerator, 0) end as numerator,
    case when not lacking.is_not_run and lacking.is_rate then coalesce(rolled_up.denominator, 0) end as denominator,
    case when not lacking.is_not_run then coalesce(rolled_up.unknown, 0) end as unknown,
    case
        when lacking.is_not_run then null
        when lacking.is_rate then {{ ratio('coalesce(rolled_up.numerator, 0)', 'rolled_up.denominator') }}
        else cast(coalesce(rolled_up.numerator, 0) as decimal(18, 6))
    end as value
from lacking
cross join {{ ref('int_areas') }} as area
left join rolled_up
    on lacking.indicator = rolled_up.indicator and area.area_code = rolled_up.area_code
