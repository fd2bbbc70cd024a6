-- Grain: one row per feed whose last good delivery is older than the board's day allows.
select
    'R004' as rule_id,
    '' as detail,
    'fail' as verdict,
    'feed' as subject_type,
    feed.sector || '/' || feed.entity as subject_key,
    feed.title as subject_label,
    '{{ var("county") }}' as area_code,
    feed.sector as owner,
    '各行业数据同一日期' as expected,
    '最近一次为' || cast(feed.data_as_of as varchar) || '的数据,已' || cast(feed.age_days as varchar) || '天' as actual,
    null as difference,
    'text' as value_class,
    feed.submission_id || '#' as evidence,
    null as counter_evidence
from {{ ref('feed_status') }} as feed
where feed.is_outdated
