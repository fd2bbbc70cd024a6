-- Grain: one row per county whose share of register persons with safe water is below the floor.
{{ below_target('R130', 'water_safe_rate') }}
