-- Grain: one row per indicator, area and period reported by the department, in force on as_of.
{{ reported_totals('housing') }}
