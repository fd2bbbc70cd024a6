-- Grain: one row per household in scope that lives in a C or D grade house without a project, or past the deadline.
with dangerous as (
    select
        housing.household_key,
        housing.grade,
        housing.subject_class,
        housing.has_open_project,
        housing.appraisal_evidence,
        housing.retrofit_evidence,
        coalesce(household.area_code, housing.village_code) as area_code,
        coalesce(household.head_name, housing.head_name) as head_name,
        household.hh_no,
        household.household_key is not null as is_listed,
        {{ policy('retrofit_scope_classes', 'coalesce(household.area_code, housing.village_code)', 'text') }}
            as scope_classes,
        {{ policy('retrofit_stock_deadline', 'coalesce(household.area_code, housing.village_code)', 'date') }}
            as deadline
    from {{ ref('int_housing_facts') }} as housing
    left join {{ ref('int_households') }} as household
        on housing.household_key = household.household_key
    where housing.grade in ('C', 'D') and not housing.housing_ok
)

select
    'R104' as rule_id,
    case when has_open_project then 'overdue' else 'not_in_stock' end as detail,
    'fail' as verdict,
    'household' as subject_type,
    household_key as subject_key,
    {{ household_label('dangerous') }} as subject_label,
    area_code,
    'housing' as owner,
    case
        when has_open_project then '在期限前改造到位'
        else '纳入存量危房管理'
    end as expected,
    {{ word_of('CL-GRADE', 'dangerous.grade') }}
    || case when has_open_project then ',已列入改造但未到位' else ',没有未完成的改造项目' end as actual,
    case
        when has_open_project
            then '超期' || cast({{ days_between('deadline', as_of()) }} as varchar) || '天'
    end as difference,
    'text' as value_class,
    appraisal_evidence as evidence,
    retrofit_evidence as counter_evidence
from dangerous
where
    (is_listed or coalesce({{ list_has('scope_classes', 'subject_class') }}, false))
    and (not has_open_project or {{ as_of() }} > deadline)
