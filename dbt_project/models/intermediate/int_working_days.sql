-- Grain: one row per day from the first acceptance of a retrofit to a year after as_of, with the working days so far.
with days as (
    select
        day.day,
        coalesce(holiday.is_workday, not {{ is_weekend('day.day') }}) as is_working
    from {{ every_day(
        "(select coalesce(min(accepted_on), " ~ as_of() ~ ") from " ~ ref('int_retrofit_projects') ~ ")",
        subtract_months(as_of(), -12),
    ) }} as day
    left join {{ ref('holidays') }} as holiday
        on day.day = holiday.day
)

select
    day,
    is_working,
    sum(case when is_working then 1 else 0 end) over (order by day asc) as working_no
from days
