-- Grain: one row per department with corrections past their day, by whether it never answered or answered in vain.
with late as (
    select
        sector,
        case when acknowledged_on is null then 'not_acknowledged' else 'not_applied' end as detail,
        pushed_on,
        due_on,
        evidence
    from {{ ref('stg_ledger__corrections') }}
    where applied_on is null and due_on < {{ as_of() }}
)

select
    'R005' as rule_id,
    detail,
    'fail' as verdict,
    'feed' as subject_type,
    sector || '/replies' as subject_key,
    '数据更正单' as subject_label,
    '{{ var("county") }}' as area_code,
    sector as owner,
    '更正清单按期签收并更正' as expected,
    cast(count(*) as varchar) || case detail when 'not_acknowledged' then '条未回复' else '条已回复未更正' end as actual,
    '最早于' || cast(min(pushed_on) as varchar) || '推送,' || cast(min(due_on) as varchar) || '到期' as difference,
    'text' as value_class,
    min(evidence) as evidence,
    null as counter_evidence
from late
group by sector, detail
