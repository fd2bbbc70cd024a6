-- Grain: one row per register household and way of being late with the retrofit subsidy.
with accepted as (
    select
        project.*,
        household.area_code,
        household.hh_no,
        household.head_name,
        household.reg_evidence,
        {{ policy('retrofit_subsidy_days', 'household.area_code') }} as days_allowed,
        {{ policy('retrofit_subsidy_warn_day', 'household.area_code') }} as warn_day,
        {{ policy('subsidy_day_kind', 'household.area_code', 'text') }} = 'working' as counts_working_days
    from {{ ref('int_retrofit_projects') }} as project
    inner join {{ ref('int_households') }} as household
        on project.household_key = household.household_key
    where
        household.is_register
        and project.is_accepted_ok
        and project.accepted_on is not null
),

timed as (
    select
        accepted.*,
        case
            when accepted.counts_working_days then due_day.day
            else {{ add_days('accepted.accepted_on', 'accepted.days_allowed') }}
        end as due_on,
        case
            when accepted.counts_working_days then today.working_no - first_day.working_no
            else {{ days_between('accepted.accepted_on', as_of()) }}
        end as days_since
    from accepted
    left join {{ ref('int_working_days') }} as first_day
        on accepted.accepted_on = first_day.day
    left join {{ ref('int_working_days') }} as due_day
        on due_day.is_working and first_day.working_no + accepted.days_allowed = due_day.working_no
    left join {{ ref('int_working_days') }} as today
        on today.day = {{ as_of() }}
    where accepted.days_allowed is not null
),

findings as (
    select
        *,
        case
            when is_fully_paid and fully_paid_on > due_on then 'late'
            when not is_fully_paid and {{ as_of() }} > due_on then 'overdue'
            when not is_fully_paid and days_since >= warn_day and days_since <= days_allowed then 'due_soon'
        end as detail
    from timed
),

ordered as (
    select
        *,
        row_number() over (partition by household_key, detail order by due_on asc, project_key asc) as preference
    from findings
    where detail is not null
)

select
    'R102' as rule_id,
    detail,
    case when detail = 'due_soon' then 'warn' else 'fail' end as verdict,
    'household' as subject_type,
    household_key as subject_key,
    {{ household_label('ordered') }} as subject_label,
    area_code,
    'housing' as owner,
    '应于' || cast(due_on as varchar) || '前足额兑付' as expected,
    case
        when is_fully_paid then '兑付日期' || cast(fully_paid_on as varchar)
        when paid_total is null then '未兑付'
        else '已兑付' || cast(paid_total as varchar) || '元'
    end as actual,
    cast(
        {{ days_between('due_on', "case when detail = 'late' then fully_paid_on else " ~ as_of() ~ " end") }} as varchar
    ) || '天' as difference,
    'text' as value_class,
    evidence,
    reg_evidence as counter_evidence
from ordered
where preference = 1
