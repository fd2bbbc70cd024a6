-- Grain: one row per feed, area and period that a department delivered late, or has not delivered.
select
    'R007' as rule_id,
    delivery.delivery_state as detail,
    case when delivery.delivery_state = 'overdue' then 'warn' else 'fail' end as verdict,
    'delivery' as subject_type,
    delivery.sector || '/' || delivery.entity || '|' || delivery.area_code || '|' || delivery.period as subject_key,
    delivery.title || delivery.period || '(' || {{ area_name_of('delivery.area_code') }} || ')' as subject_label,
    delivery.area_code,
    delivery.sector as owner,
    cast(delivery.due_on as varchar) || '前报送' as expected,
    coalesce(cast(delivery.received_on as varchar) || '报送', '未报送')
    || case when delivery.refused_count > 0 then ',另有' || cast(delivery.refused_count as varchar) || '次被退回' else '' end
        as actual,
    '超期' || cast(
        {{ days_between('delivery.due_on', 'coalesce(delivery.received_on, ' ~ as_of() ~ ')') }} as varchar
    ) || '天' as difference,
    'text' as value_class,
    delivery.submission_id || '#' as evidence,
    null as counter_evidence
from {{ ref('deliveries') }} as delivery
where delivery.is_required and delivery.delivery_state in ('late', 'overdue', 'missing')
