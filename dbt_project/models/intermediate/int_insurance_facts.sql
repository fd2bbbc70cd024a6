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

facts as (
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
        min(case when scheme = 'employee' and is_row_insured then evidence end) as employee_evidence,
        min(case when ins_state = 'dead' then evidence end) as dead_evidence
    from insurance_rows
    group by person_uid
),

shown as (
    select
        person_uid,
        ins_state,
        evidence,
        row_number() over (
            partition by person_uid
            order by
                case when scheme = 'basic' then 0 else 1 end asc,
                case when is_row_insured then 0 else 1 end asc,
                row_key asc, evidence asc
        ) as preference
    from insurance_rows
)

select
    facts.person_uid,
    facts.is_insured,
    facts.is_exempt,
    facts.is_dead,
    facts.has_unpaid_row,
    facts.is_employee_insured,
    facts.is_special_insured,
    shown.ins_state,
    shown.evidence,
    facts.employee_evidence,
    facts.dead_evidence
from facts
inner join shown
    on facts.person_uid = shown.person_uid
where shown.preference = 1
