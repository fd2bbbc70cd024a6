-- Grain: one row per rule, detail and subject that does not agree on as_of.
with findings as (
    {{ all_findings() }}
),

runnable as (
    select
        registry.rule_id,
        registry.title,
        registry.severity,
        registry.days_to_fix,
        registry.instruction
    from {{ ref('rules') }} as registry
    left join {{ ref('int_rules_not_run') }} as blocked
        on registry.rule_id = blocked.rule_id
    where registry.enabled and blocked.rule_id is null
),

dated as (
    select
        findings.*,
        runnable.title,
        coalesce(of_area.severity, runnable.severity) as severity,
        runnable.days_to_fix,
        runnable.instruction,
        coalesce(
            greatest(delivery.received_on, counter_delivery.received_on),
            {{ as_of() }}
        ) as found_on
    from findings
    inner join runnable
        on findings.rule_id = runnable.rule_id
    left join {{ ref('int_severities_by_area') }} as of_area
        on
            findings.rule_id = of_area.rule_id
            and coalesce(findings.area_code, '{{ var("county") }}') = of_area.area_code
    left join {{ ref('stg_meta__deliveries') }} as delivery
        on {{ text_before('findings.evidence', '#') }} = delivery.submission_id
    left join {{ ref('stg_meta__deliveries') }} as counter_delivery
        on {{ text_before('findings.counter_evidence', '#') }} = counter_delivery.submission_id
)

select
    md5(rule_id || '|' || detail || '|' || subject_type || '|' || subject_key) as mismatch_id,
    rule_id,
    detail,
    verdict,
    subject_type,
    subject_key,
    subject_label,
    area_code,
    owner,
    severity,
    expected,
    actual,
    difference,
    value_class,
    evidence,
    counter_evidence,
    found_on,
    {{ add_days('found_on', 'days_to_fix') }} as due_on,
    title,
    instruction
from dated
