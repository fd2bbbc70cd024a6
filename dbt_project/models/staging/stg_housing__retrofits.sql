-- Grain: one row per payment of one retrofit project in force on as_of.
{{ current_rows('housing', 'retrofits') }}

select
    {{ household_row_columns() }},
    project_no,
    subject_class,
    grade,
    mode,
    progress,
    payment_no,
    channel,
    account_holder,
    account_holder_norm,
    account_holder_key,
    codes,
    try_cast(batch_year as integer) as batch_year,
    {{ date_of('approved_on') }} as approved_on,
    {{ date_of('started_on') }} as started_on,
    {{ date_of('completed_on') }} as completed_on,
    {{ date_of('accepted_on') }} as accepted_on,
    {{ yes_no('accepted_ok') }} as accepted_ok,
    try_cast(due_amt as decimal(14, 2)) as due_amt,
    {{ date_of('paid_on') }} as paid_on,
    try_cast(paid_amt as decimal(14, 2)) as paid_amt
from current_rows
