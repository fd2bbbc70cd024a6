-- Grain: one row per retrofit project of a household.
with payments as (
    select
        *,
        coalesce(project_no, household_key || '|' || coalesce(cast(batch_year as varchar), '')) as project_key,
        {{ evidence('retrofit') }} as evidence
    from {{ ref('int_retrofit_rows') }} as retrofit
),

-- what had been paid by the end of each day on which something was
added as (
    select
        *,
        max(due_amt) over (partition by household_key, project_key) as project_due,
        sum(case when paid_on <= {{ as_of() }} then paid_amt end) over (
            partition by household_key, project_key order by paid_on asc nulls last
            range between unbounded preceding and current row
        ) as paid_so_far
    from payments
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
        -- without a sum due nobody can tell which payment was the last that was owed
        case
            when max(due_amt) is null then max(case when paid_on <= {{ as_of() }} and paid_amt > 0 then paid_on end)
            else min(case
                when paid_on <= {{ as_of() }} and paid_so_far > 0 and paid_so_far >= project_due then paid_on
            end)
        end as fully_paid_on,
        min(evidence) as evidence
    from added
    group by household_key, project_key
)

select
    *,
    coalesce(paid_total > 0 and paid_total >= coalesce(due_amt, paid_total), false) as is_fully_paid
from projects
