-- Grain: one row per payment of a retrofit project, with the household it belongs to.
{{ household_rows(
    ref('stg_housing__retrofits'),
    [
        'project_no', 'batch_year', 'started_on', 'completed_on', 'accepted_on', 'accepted_ok', 'progress',
        'due_amt', 'paid_on', 'paid_amt', 'approved_on', 'mode', 'subject_class', 'channel', 'account_holder',
        'account_holder_norm', 'account_holder_key', 'codes',
    ],
) }}
