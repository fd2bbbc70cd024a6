-- Grain: one row per destitute person on the roster of the latest month.
{{ person_rows(
    ref('stg_civil_affairs__tekun'),
    ['month', 'mode', 'is_in_force', 'account_holder_norm', 'person_key'],
    keep_all=true,
) }}
