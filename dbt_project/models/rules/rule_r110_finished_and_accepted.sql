-- Grain: one row per household whose finished retrofit waits for its acceptance, or was refused.
with finished as (
    select
        project.*,
        coalesce(household.head_name, project.ledger_head) as head_name,
        household.hh_no,
        household.reg_evidence,
        coalesce(household.area_code, project.village_code) as area_code,
        {{ days_between('project.completed_on', as_of()) }} as days_since,
        {{ policy('retrofit_acceptance_days', 'coalesce(household.area_code, project.village_code)') }} as days_allowed
    from {{ ref('int_retrofit_projects') }} as project
    left join {{ ref('int_register_households') }} as household
        on project.household_key = household.household_key
    where (project.completed_on is not null or project.progress_step >= 3) and project.done_on is null
),

findings as (
    select
        *,
        case
            when is_refused then 'refused'
            when is_accepted_ok then 'undated'
            when completed_on is null then 'undated'
            when days_since > days_allowed then 'overdue'
            else 'waiting'
        end as detail
    from finished
),

ordered as (
    select
        *,
        row_number() over (partition by household_key, detail order by project_key asc) as preference
    from findings
)

select
    'R110' as rule_id,
    detail,
    case detail when 'waiting' then 'warn' when 'undated' then 'unknown' else 'fail' end as verdict,
    'household' as subject_type,
    household_key as subject_key,
    {{ household_label('ordered') }} as subject_label,
    area_code,
    'housing' as owner,
    '竣工后及时验收合格' as expected,
    case detail
        when 'refused' then '验收不合格'
        when 'undated' then '竣工或验收日期未填'
        else '竣工' || cast(completed_on as varchar) || ',未验收'
    end as actual,
    cast(days_since as varchar) || '天' as difference,
    'text' as value_class,
    evidence,
    reg_evidence as counter_evidence
from ordered
where preference = 1
