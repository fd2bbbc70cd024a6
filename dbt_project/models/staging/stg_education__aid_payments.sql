-- Grain: one row per person, programme, term and payment in force on as_of.
{{ current_rows('education', 'aid_payments') }}

select
    {{ person_row_columns() }},
    term,
    school,
    stage,
    programme,
    pay_no,
    channel,
    account_holder_norm,
    try_cast(due_amt as decimal(14, 2)) as due_amt,
    try_cast(paid_amt as decimal(14, 2)) as paid_amt,
    {{ date_of('paid_on') }} as paid_on
from current_rows
