-- Grain: one row per county in which the allowance pays less on average than the province requires, or nobody tells.
with paid as (
    select
        coalesce(substr(village_code, 1, 6), '{{ var("county") }}') as county_code,
        sum(monthly_amt) as amount,
        count(monthly_amt) as person_months,
        sum(case when monthly_amt is null then 1 else 0 end) as untold
    from {{ ref('int_dibao_rows') }}
    where is_in_force and is_rural
    group by coalesce(substr(village_code, 1, 6), '{{ var("county") }}')
),

lined as (
    select
        *,
        {{ policy('dibao_avg_min', 'paid.county_code') }} as least_amount
    from paid
)

select
    'R143' as rule_id,
    '' as detail,
    case when person_months = 0 then 'unknown' else 'fail' end as verdict,
    'indicator' as subject_type,
    'dibao_avg_amt|' || county_code as subject_key,
    '农村低保月人均救助水平' as subject_label,
    county_code as area_code,
    'civil_affairs' as owner,
    '月人均不低于' || cast(cast(least_amount as decimal(14, 2)) as varchar) || '元' as expected,
    case
        when person_months = 0 then '未报金额'
        else '月人均' || cast(cast(amount / person_months as decimal(14, 2)) as varchar) || '元'
    end as actual,
    case when untold > 0 then cast(untold as varchar) || '人未报金额' end as difference,
    'text' as value_class,
    null as evidence,
    null as counter_evidence
from lined
where least_amount is not null and (person_months = 0 or amount < least_amount * person_months)
