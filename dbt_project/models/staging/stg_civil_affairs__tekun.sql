-- Grain: one row per destitute person supported in one month in force on as_of.
{{ current_rows('civil_affairs', 'tekun', latest_only=true) }}

select
    {{ person_row_columns() }},
    mode,
    institution,
    care_level,
    account_holder_norm,
    from_month,
    to_month,
    substr(scope_key, 1, 4) || '-' || substr(scope_key, 5, 2) as month,
    coalesce(from_month <= substr(scope_key, 1, 4) || '-' || substr(scope_key, 5, 2), true)
    and coalesce(to_month >= substr(scope_key, 1, 4) || '-' || substr(scope_key, 5, 2), true) as is_in_force,
    try_cast(live_amt as decimal(14, 2)) as live_amt,
    try_cast(care_amt as decimal(14, 2)) as care_amt
from current_rows
