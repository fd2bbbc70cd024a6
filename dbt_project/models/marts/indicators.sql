-- Grain: one row per indicator and area: the one number, with its target and deadline.
with targeted as (
    select
        computed.indicator,
        registry.title,
        computed.area_code,
        computed.area_level,
        registry.population,
        registry.grain,
        cast(computed.numerator as bigint) as numerator,
        cast(computed.denominator as bigint) as denominator,
        cast(computed.unknown as bigint) as unknown,
        computed.value,
        computed.is_not_run,
        target.value_number as target,
        coalesce(
            deadline.value_date,
            {{ date_of("cast(" ~ year_of(as_of()) ~ " as varchar) || '-' || deadline.value_text") }}
        ) as deadline,
        registry.higher_is_better,
        md5(
            registry.indicator || '|' || registry.population || '|' || registry.grain || '|' || registry.numerator
            || '|' || coalesce(registry.denominator, '')
        ) as definition_hash
    from {{ ref('int_indicators') }} as computed
    inner join {{ ref('indicators_registry') }} as registry
        on computed.indicator = registry.indicator
    left join {{ ref('int_policies_by_area') }} as target
        on registry.target_param = target.param_id and computed.area_code = target.area_code
    left join {{ ref('int_policies_by_area') }} as deadline
        on registry.deadline_param = deadline.param_id and computed.area_code = deadline.area_code
)

select
    indicator,
    title,
    area_code,
    area_level,
    {{ as_of() }} as as_of,
    population,
    grain,
    numerator,
    denominator,
    unknown,
    value,
    cast(target as decimal(18, 6)) as target,
    deadline,
    cast(value - target as decimal(18, 6)) as gap,
    case when higher_is_better then value >= target else value <= target end as is_on_track,
    case when is_not_run then 'not_run' else 'ok' end as status,
    definition_hash
from targeted
