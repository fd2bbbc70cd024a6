-- Grain: one row per household of the water survey: whether its water is safe.
with tests as (
    select
        supply_no,
        result,
        tested_on,
        {{ bare_code('standard') }} as standard,
        row_number() over (partition by supply_no order by tested_on desc nulls last, row_key asc) as recency
    from {{ ref('stg_water__village_supplies') }}
    where tested_on <= {{ as_of() }}
),

latest_tests as (
    select
        supply_no,
        result,
        tested_on,
        standard
    from tests
    where recency = 1
),

surveys as (
    select
        *,
        {{ evidence('survey') }} as evidence,
        row_number() over (
            partition by household_key
            order by surveyed_on desc nulls last, row_key asc, submission_id asc, row_no asc
        ) as recency
    from {{ ref('int_water_rows') }} as survey
),

joined as (
    select
        surveys.household_key,
        surveys.is_linked,
        surveys.mode,
        surveys.tap,
        surveys.supply_no,
        -- passed by another standard than the one in force says nothing about this one
        case
            when
                latest_tests.result = 'ok'
                and not latest_tests.standard like '%'
                || {{ bare_code(policy('water_standard', 'surveys.village_code', 'text')) }} || '%'
                then 'other'
            else latest_tests.result
        end as test_result,
        latest_tests.tested_on,
        surveys.no_visible,
        surveys.no_odour,
        surveys.no_ill_effect,
        surveys.qty_ok,
        surveys.access_ok,
        surveys.evidence,
        {{ policy('test_valid_months', 'surveys.village_code') }} as valid_months
    from surveys
    left join latest_tests
        on surveys.supply_no = latest_tests.supply_no
    where surveys.recency = 1
)

select
    household_key,
    is_linked,
    mode,
    tap,
    supply_no,
    test_result,
    tested_on,
    evidence,
    case
        when mode = 'central' and test_result = 'bad' then false
        when mode = 'central' and test_result = 'ok' and tested_on >= {{ subtract_months(as_of(), 'valid_months') }}
            then true
        when mode = 'dispersed' and not (no_visible and no_odour and no_ill_effect and qty_ok and access_ok) then false
        when mode = 'dispersed' and no_visible and no_odour and no_ill_effect and qty_ok and access_ok then true
    end as water_ok
from joined
