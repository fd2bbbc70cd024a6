-- Grain: one row per register household whose retrofit was not finished within the year of its batch.
{{ batch_not_finished('R109', 'retrofit_year_last_day') }}
