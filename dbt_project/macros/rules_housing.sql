{#-
    Register households whose retrofit was not finished by the last day of its batch: the day (month and day) is a
    policy value, the year that of the batch. Without a batch year or, if finished, a day, nobody can tell.
-#}
{% macro batch_not_finished(rule_id, last_day_param) -%}
with dated as (
    select
        project.household_key,
        project.project_key,
        project.batch_year,
        project.completed_on,
        project.evidence,
        project.completed_on is not null or project.progress_step >= 3 as is_finished,
        household.area_code,
        household.hh_no,
        household.head_name,
        household.reg_evidence,
        {{ date_of("cast(project.batch_year as varchar) || '-' || " ~ policy(last_day_param, 'household.area_code', 'text')) }}
            as last_day
    from {{ ref('int_retrofit_projects') }} as project
    inner join {{ ref('int_register_households') }} as household
        on project.household_key = household.household_key
),

findings as (
    select
        *,
        case
            when completed_on > last_day then 'late'
            when {{ as_of() }} <= last_day then null
            when not coalesce(is_finished, false) then 'overdue'
            when completed_on is null then 'undated'
        end as detail
    from dated
    where last_day is not null
),

ordered as (
    select
        *,
        row_number() over (partition by household_key, detail order by last_day asc, project_key asc) as preference
    from findings
    where detail is not null
)

select
    '{{ rule_id }}' as rule_id,
    detail,
    case when detail = 'undated' then 'unknown' else 'fail' end as verdict,
    'household' as subject_type,
    household_key as subject_key,
    {{ household_label('ordered') }} as subject_label,
    area_code,
    'housing' as owner,
    '应于' || cast(last_day as varchar) || '前竣工' as expected,
    case detail
        when 'late' then '竣工日期' || cast(completed_on as varchar)
        when 'overdue' then '未竣工'
        else '已竣工,日期未填'
    end as actual,
    case
        when detail = 'late' then cast({{ days_between('last_day', 'completed_on') }} as varchar) || '天'
        when detail = 'overdue' then cast({{ days_between('last_day', as_of()) }} as varchar) || '天'
    end as difference,
    'text' as value_class,
    evidence,
    reg_evidence as counter_evidence
from ordered
where preference = 1
{%- endmacro %}
