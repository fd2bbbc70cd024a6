-- Grain: one row per holder of a disability certificate on the roster of the latest month.
{{ person_rows(
    ref('stg_civil_affairs__disability'),
    [
        'month', 'level', 'living_amt', 'care_amt', 'is_in_force', 'low_kind', 'is_dead', 'med_gov', 'pension_gov',
        'account_holder_norm',
    ],
    keep_all=true,
) }}
