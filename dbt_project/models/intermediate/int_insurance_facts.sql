-- Grain: one row per register person found on the insurance roster of the year.
{%- set county = "'" ~ var('county') ~ "'" %}
with insurance_rows as (
    select
        person_uid,
        coalesce(scheme, 'basic') as scheme,
        ins_state,
        coalesce(
            ins_state in ('paid', 'gov_paid')
            or ((ins_state = 'new' or ins_state is null) and paid_on is not null)
            or (ins_state in ('unpaid', 'new') and {{ policy('insured_means', county, 'text') }} = 'enrolled'),
            false
        ) as is_row_insured,
        {{ evidence('medical') }} as evidence,
        row_key
    from {{ ref('int_medical_rows') }} as medical
    where person_uid is not null
),

-- of several rows a basic one that insures is shown first
ranked as (
    select
        *,
        case when scheme = 'basic' then 0 else 2 end + case when is_row_insured then 0 else 1 end || row_key || evidence
            as place
    from insurance_rows
)

select
    person_uid,
    max(case when scheme = 'basic' and is_row_insured then 1 else 0 end) = 1 as is_insured,
    max(
        case
            when
                scheme = 'employee'
                and is_row_insured
                and {{ list_has(policy('insured_equiv_states', county, 'text'), "'employee'") }}
                then 1
            when {{ list_has(policy('insured_equiv_states', county, 'text'), 'ins_state') }} then 1
            else 0
        end
    ) = 1 as is_exempt,
    max(case when ins_state = 'dead' then 1 else 0 end) = 1 as is_dead,
    max(case when scheme = 'basic' and ins_state = 'unpaid' then 1 else 0 end) = 1 as has_unpaid_row,
    max(case when scheme = 'employee' and is_row_insured then 1 else 0 end) = 1 as is_employee_insured,
    max(case when scheme = 'special' and is_row_insured then 1 else 0 end) = 1 as is_special_insured,
    {{ first_by('ins_state', 'place') }} as ins_state,
    {{ first_by('evidence', 'place') }} as evidence,
    min(case when scheme = 'employee' and is_row_insured then evidence end) as employee_evidence,
    min(case when ins_state = 'dead' then evidence end) as dead_evidence
from ranked
group by person_uid
