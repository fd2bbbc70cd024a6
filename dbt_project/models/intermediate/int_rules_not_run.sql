-- Grain: one row per registered rule that cannot run, with what it lacks: feeds, policy values or a list.
with lacking_feeds as (
    {{ missing_feeds(ref('rules'), 'rule_id') }}
),

lacking_values as (
    {{ missing_params(ref('rules'), 'rule_id') }}
)

select
    registry.rule_id,
    case
        when nullif(registry.missing_list, '') is not null then '名单未提供:' || registry.missing_list
        when lacking_feeds.missing is not null then '缺少数据:' || lacking_feeds.missing
        else '缺少政策参数:' || lacking_values.missing
    end as reason
from {{ ref('rules') }} as registry
left join lacking_feeds
    on registry.rule_id = lacking_feeds.rule_id
left join lacking_values
    on registry.rule_id = lacking_values.rule_id
where
    nullif(registry.missing_list, '') is not null
    or lacking_feeds.missing is not null
    or lacking_values.missing is not null
