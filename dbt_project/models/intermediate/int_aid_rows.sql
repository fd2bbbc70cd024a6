-- Grain: one row per payment of school aid that concerns, or may concern, a register person.
{{ person_rows(
    ref('stg_education__aid_payments'),
    ['term', 'school', 'stage', 'programme', 'pay_no', 'channel', 'due_amt', 'paid_amt', 'paid_on', 'account_holder_norm'],
) }}
