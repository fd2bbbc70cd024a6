-- Grain: one row per household and way in which its retrofit project is not in order.
with appraised as (
    select
        household_key,
        min(appraised_on) as appraised_on
    from {{ ref('int_appraisal_rows') }}
    group by household_key
),

projects as (
    select
        project.*,
        coalesce(household.head_name, project.ledger_head) as head_name,
        household.hh_no,
        household.relocated,
        household.reg_evidence,
        appraised.appraised_on,
        coalesce(household.area_code, project.village_code) as area_code,
        lag(project.batch_year) over of_household as batch_before,
        {{ policy('retrofit_once_years', 'coalesce(household.area_code, project.village_code)') }} as once_years
    from {{ ref('int_retrofit_projects') }} as project
    left join {{ ref('int_register_households') }} as household
        on project.household_key = household.household_key
    left join appraised
        on project.household_key = appraised.household_key
    window of_household as (
        partition by project.household_key order by project.batch_year asc, project.project_key asc
    )
),

findings as (
    {%- for detail, condition, expected, actual in [
        ('date_order', 'is_out_of_order', "'审批、开工、竣工、验收、兑付依次进行'", "'日期先后颠倒'"),
        ('not_appraised_first', 'appraised_on > approved_on or appraised_on > started_on', "'先鉴定,后审批开工'",
            "'鉴定' || cast(appraised_on as varchar) || coalesce(',审批' || cast(approved_on as varchar), '')"
            ~ " || coalesce(',开工' || cast(started_on as varchar), '')"),
        ('milestone_undated', "(progress_step >= 1 and started_on is null and completed_on is null)
            or (progress_step >= 3 and completed_on is null) or (progress_step = 4 and accepted_on is null)",
            "'进度对应的日期已填'", "'进度已到,日期未填'"),
        ('mode_unknown', 'mode is null', "'改造方式为新建、修缮加固、闲置公房、置换、租赁之一'", "'改造方式不明'"),
        ('several_projects', 'batch_year - batch_before < once_years', "'一户不重复享受改造'",
            "cast(batch_before as varchar) || '年度和' || cast(batch_year as varchar) || '年度各有一个项目'"),
        ('relocated_too', 'relocated', "'搬迁户不再享受危房改造'", "'登记为易地搬迁户'"),
    ] %}
    select
        '{{ detail }}' as detail,
        household_key,
        head_name,
        hh_no,
        area_code,
        {{ expected }} as expected,
        {{ actual }} as actual,
        evidence,
        reg_evidence
    from projects
    where {{ condition }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

{{ first_of_each_household(
    'R105', 'housing',
    "case when ordered.detail in ('mode_unknown', 'milestone_undated') then 'unknown' else 'fail' end"
) }}
