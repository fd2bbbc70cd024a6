-- Grain: one row per registered rule: whether it ran, and what it found.
with counted as (
    select
        rule_id,
        count(*) as mismatch_count
    from {{ ref('mismatches') }}
    group by rule_id
),

-- what a rule that ran could not compare
uncompared as (
    select
        'R002' as rule_id,
        concat_ws(
            ';',
            case when of_today > 0 then cast(of_today as varchar) || '条自报数的指标本期未计算,未比对' end,
            case when of_before > 0 then cast(of_before as varchar) || '条自报数属于以前的月份,未与今天的数比对' end
        ) as remark
    from (
        select
            count(case when reported.is_of_month then 1 end) as of_today,
            count(case when not reported.is_of_month then 1 end) as of_before
        from {{ ref('int_reported_totals') }} as reported
        left join {{ ref('int_indicators') }} as computed
            on reported.indicator = computed.indicator and reported.area_code = computed.area_code
        where not reported.is_of_month or computed.indicator is null or computed.is_not_run
    ) as told
    where of_today + of_before > 0

    union all

    select
        'R094' as rule_id,
        cast(count(*) as varchar) || '次住院未填诊断,费用未比对' as remark
    from {{ ref('int_claims') }}
    where diagnosis is null
    having count(*) > 0

    union all

    select
        registry.rule_id,
        '缺少政策参数:poverty_line,收入未与贫困线比对' as remark
    from {{ ref('rules') }} as registry
    where
        registry.rule_id in ('R033', 'R144')
        and not exists (
            select 1
            from {{ ref('int_policies_by_area') }} as policy
            where policy.param_id = 'poverty_line'
        )
)

select
    registry.rule_id,
    registry.title,
    case when not registry.enabled or blocked.rule_id is not null then 'not_run' else 'run' end as status,
    case
        when not registry.enabled then '规则已停用'
        when blocked.rule_id is not null then blocked.reason
        else uncompared.remark
    end as reason,
    case
        when registry.enabled and blocked.rule_id is null then coalesce(counted.mismatch_count, 0)
    end as mismatch_count
from {{ ref('rules') }} as registry
left join {{ ref('int_rules_not_run') }} as blocked
    on registry.rule_id = blocked.rule_id
left join counted
    on registry.rule_id = counted.rule_id
left join uncompared
    on registry.rule_id = uncompared.rule_id
