-- Grain: one row per area and month of the year of as_of: how far the retrofits of this year's batch were by its end.
with months as (
    select
        period,
        case when next_start > {{ as_of() }} then {{ as_of() }} else {{ add_days('next_start', '-1') }} end
            as counted_on
    from {{ ref('int_delivery_periods') }}
    where
        period_kind = 'month'
        and {{ year_of('period_start') }} = {{ year_of(as_of()) }}
        and period_start <= {{ as_of() }}
),

-- a step that is reported without a day counts from as_of on
projects as (
    select
        coalesce(household.area_code, project.village_code, '{{ var("county") }}') as area_code,
        coalesce(
            project.started_on,
            project.completed_on,
            case when project.progress_step >= 1 then {{ as_of() }} end
        ) as started_on,
        coalesce(project.completed_on, case when project.progress_step >= 3 then {{ as_of() }} end) as completed_on,
        project.done_on as accepted_on,
        project.fully_paid_on as paid_on
    from {{ ref('int_retrofit_projects') }} as project
    left join {{ ref('int_register_households') }} as household
        on project.household_key = household.household_key
    where project.batch_year = {{ year_of(as_of()) }}
),

by_area as (
    {{ in_every_area('projects', ['started_on', 'completed_on', 'accepted_on', 'paid_on'], deepest=9) }}
),

placed as (
    select
        area.area_code,
        area.area_level,
        months.period as report_month,
        count(by_area.area_code) as task,
        sum(case when by_area.started_on <= months.counted_on then 1 else 0 end) as started,
        sum(case when by_area.completed_on <= months.counted_on then 1 else 0 end) as completed,
        sum(case when by_area.accepted_on <= months.counted_on then 1 else 0 end) as accepted,
        sum(case when by_area.paid_on <= months.counted_on then 1 else 0 end) as paid
    from {{ ref('int_areas') }} as area
    cross join months
    left join by_area
        on area.area_code = by_area.area_code
    where area.area_level in ('prefecture', 'county', 'township')
    group by area.area_code, area.area_level, months.period
),

reported as (
    select
        total.area_code,
        total.scope_key as report_month,
        max(case when total.indicator = 'retro_started' then total.value_number end) as reported_started,
        max(case when total.indicator = 'retro_done' then total.value_number end) as reported_completed
    from {{ ref('stg_housing__department_totals') }} as total
    where total.indicator in ('retro_started', 'retro_done')
    group by total.area_code, total.scope_key
),

compared as (
    select
        placed.*,
        reported.reported_started,
        reported.reported_completed,
        lag(placed.started) over of_area as started_before,
        lag(placed.completed) over of_area as completed_before,
        max(reported.reported_started) over of_area_so_far as reported_started_before,
        max(reported.reported_completed) over of_area_so_far as reported_completed_before
    from placed
    left join reported
        on placed.area_code = reported.area_code and placed.report_month = reported.report_month
    window
        of_area as (partition by placed.area_code order by placed.report_month asc),
        of_area_so_far as (
            partition by placed.area_code
            order by placed.report_month asc
            rows between unbounded preceding and 1 preceding
        )
)

select
    area_code,
    area_level,
    report_month,
    cast(task as bigint) as task,
    cast(coalesce(started, 0) as bigint) as started,
    cast(coalesce(completed, 0) as bigint) as completed,
    cast(coalesce(accepted, 0) as bigint) as accepted,
    cast(coalesce(paid, 0) as bigint) as paid,
    cast(reported_started as bigint) as reported_started,
    cast(reported_completed as bigint) as reported_completed,
    completed <= started
    and started <= task
    and started >= coalesce(started_before, 0)
    and completed >= coalesce(completed_before, 0)
    and coalesce(reported_completed <= reported_started, true)
    and coalesce(reported_started >= reported_started_before, true)
    and coalesce(reported_completed >= reported_completed_before, true) as is_monotone
from compared
