-- Grain: one row per household water survey, with the household it belongs to.
{{ household_rows(
    ref('stg_water__household_water'),
    ['mode', 'tap', 'supply_no', 'no_visible', 'no_odour', 'no_ill_effect', 'qty_ok', 'access_ok', 'surveyed_on'],
) }}
