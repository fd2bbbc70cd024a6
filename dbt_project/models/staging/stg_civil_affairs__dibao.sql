-- Grain: one row per person covered in one month in force on as_of.
{{ current_rows('civil_affairs', 'dibao', latest_only=true) }}

select
    {{ person_row_columns() }},
    case_no,
    head_name,
    relation,
    kind,
    account_holder_norm,
    from_month,
    to_month,
    substr(scope_key, 1, 4) || '-' || substr(scope_key, 5, 2) as month,
    coalesce(from_month <= substr(scope_key, 1, 4) || '-' || substr(scope_key, 5, 2), true)
    and coalesce(to_month >= substr(scope_key, 1, 4) || '-' || substr(scope_key, 5, 2), true) as is_in_force,
    coalesce(kind, 'rural') = 'rural' as is_rural,
    try_cast(monthly_amt as decimal(14, 2)) as monthly_amt,
    try_cast(npc as decimal(14, 2)) as npc
from current_rows
