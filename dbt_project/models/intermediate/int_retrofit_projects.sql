-- Grain: one row per retrofit project of a household.
with payments as (
    select
        *,
        coalesce(project_no, household_key || '|' || coalesce(cast(batch_year as varchar), '')) as project_key,
        {{ evidence('retrofit') }} as evidence
    from {{ ref('int_retrofit_rows') }} as retrofit
),

projects as (
    select
        household_key,
        project_key,
        max(case when is_linked then 1 else 0 end) = 1 as is_linked,
        min(village_code) as village_code,
        max(batch_year) as batch_year,
        max(subject_class) as subject_class,
        max(head_name) as ledger_head,
        max(mode) as mode,
        min(approved_on) as approved_on,
        min(started_on) as started_on,
        max(completed_on) as completed_on,
        max(accepted_on) as accepted_on,
        max(case when accepted_ok then 1 else 0 end) = 1 as is_accepted_ok,
        max(case when accepted_ok is false or progress = '5' then 1 else 0 end) = 1 as is_refused,
        max(case when {{ list_has('codes', "'W_DATE_ORDER'") }} then 1 else 0 end) = 1 as is_out_of_order,
        max(case when accepted_ok or progress = '4' then accepted_on end) as done_on,
        max(try_cast(progress as integer)) as progress_step,
        max(due_amt) as due_amt,
        sum(case when paid_on <= {{ as_of() }} then paid_amt end) as paid_total,
        max(case when paid_on <= {{ as_of() }} then paid_on end) as last_paid_on,
        min(evidence) as evidence
    from payments
    group by household_key, project_key
)

select
    *,
    coalesce(paid_total > 0 and paid_total >= coalesce(due_amt, paid_total), false) as is_fully_paid
from projects
