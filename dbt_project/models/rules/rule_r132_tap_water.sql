-- Grain: one row per county whose share of persons with tap water is below the one set for it.
{{ below_target('R132', 'tap_rate') }}
