-- Grain: one row per indicator and area whose reported number differs from the computed one.
with compared as (
    select
        reported.sector,
        reported.indicator,
        reported.area_code,
        reported.value_written,
        reported.value_number,
        reported.evidence,
        computed.value,
        computed.numerator,
        computed.denominator,
        registry.title,
        {{ decimals_written('reported.value_written') }} as decimals
    from {{ ref('int_reported_totals') }} as reported
    inner join {{ ref('int_indicators') }} as computed
        on reported.indicator = computed.indicator and reported.area_code = computed.area_code
    inner join {{ ref('indicators_registry') }} as registry
        on reported.indicator = registry.indicator
    where reported.is_of_month and not computed.is_not_run
)

select
    'R002' as rule_id,
    '' as detail,
    'fail' as verdict,
    'indicator' as subject_type,
    indicator || '|' || area_code as subject_key,
    title || '(' || {{ area_name_of('compared.area_code') }} || ')' as subject_label,
    area_code,
    sector as owner,
    cast(value as varchar)
    || coalesce('(' || cast(numerator as varchar) || '/' || cast(denominator as varchar) || ')', '') as expected,
    value_written as actual,
    cast(value_number - value as varchar) as difference,
    'text' as value_class,
    evidence,
    null as counter_evidence
from compared
where abs(value_number - value) > cast({{ half_unit('decimals') }} as decimal(18, 8))
