-- Grain: one row per holder of a disability certificate in one month in force on as_of.
{{ current_rows('civil_affairs', 'disability', latest_only=true) }}

select
    {{ person_row_columns() }},
    class,
    level,
    account_holder_norm,
    from_month,
    to_month,
    low_kind,
    substr(scope_key, 1, 4) || '-' || substr(scope_key, 5, 2) as month,
    coalesce(from_month <= substr(scope_key, 1, 4) || '-' || substr(scope_key, 5, 2), true)
    and coalesce(to_month >= substr(scope_key, 1, 4) || '-' || substr(scope_key, 5, 2), true) as is_in_force,
    {{ date_of('assessed_on') }} as assessed_on,
    try_cast(living_amt as decimal(14, 2)) as living_amt,
    try_cast(care_amt as decimal(14, 2)) as care_amt,
    {{ yes_no('is_dead') }} as is_dead,
    {{ yes_no('med_gov') }} as med_gov,
    {{ yes_no('pension_gov') }} as pension_gov
from current_rows
