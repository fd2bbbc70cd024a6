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
)

select
    registry.indicator,
    area.area_code,
    area.area_level,
    registry.denominator <> '' as is_rate,
    missing.missing is not null as is_not_run,
    case when missing.missing is null then coalesce(rolled_up.numerator, 0) end as numerator,
    case
        when missing.missing is null and registry.denominator <> '' then coalesce(rolled_up.denominator, 0)
    end as denominator,
    case when missing.missing is null then coalesce(rolled_up.unknown, 0) end as unknown,
    case
        when missing.missing is not null then null
        when registry.denominator <> '' then {{ ratio('coalesce(rolled_up.numerator, 0)', 'rolled_up.denominator') }}
        else cast(coalesce(rolled_up.numerator, 0) as decimal(18, 6))
    end as value
from {{ ref('indicators_registry') }} as registry
cross join {{ ref('int_areas') }} as area
left join rolled_up
    on registry.indicator = rolled_up.indicator and area.area_code = rolled_up.area_code
left join missing
    on registry.indicator = missing.indicator
