-- Grain: one row per register household whose retrofit was not finished by the last day set for its batch.
{{ batch_not_finished('R100', 'retrofit_batch_last_day') }}
