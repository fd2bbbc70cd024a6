-- Grain: one row per person, programme, term and payment in force on as_of.
{{ current_rows('education', 'aid_payments') }}

select
    submission_id,
    sheet,
    row_no,
    sub_no,
    row_key,
    scope_key,
    is_stale,
    village_code,
    name,
    name_norm,
    id_key,
    person_key,
    id_masked,
    id_status,
    person_class,
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
