-- Grain: one row per indicator and area whose monthly retrofit report contradicts itself or an earlier month.
with findings as (
    select
        'decreased' as detail,
        report.indicator,
        report.area_code,
        '不少于' || report.earlier_month || '自报的' || report.earlier_written as expected,
        report.value_written as actual,
        cast(report.value_number - report.earlier_number as varchar) as difference,
        report.evidence,
        report.earlier_evidence as counter_evidence
    from {{ ref('int_retrofit_reports') }} as report
    where report.value_number < report.earlier_number

    union all

    select
        case started.indicator when 'retro_started' then 'done_above_started' else 'started_above_task' end as detail,
        done.indicator,
        done.area_code,
        '不多于' || case started.indicator when 'retro_started' then '开工户数' else '任务户数' end
        || started.value_written as expected,
        done.value_written as actual,
        cast(done.value_number - started.value_number as varchar) as difference,
        done.evidence,
        started.evidence as counter_evidence
    from {{ ref('int_retrofit_reports') }} as done
    inner join {{ ref('int_retrofit_reports') }} as started
        on done.area_code = started.area_code and done.bound_by = started.indicator
    where done.value_number > started.value_number
)

select
    'R101' as rule_id,
    findings.detail,
    'fail' as verdict,
    'indicator' as subject_type,
    findings.indicator || '|' || findings.area_code as subject_key,
    registry.title || '(' || {{ area_name_of('findings.area_code') }} || ')' as subject_label,
    findings.area_code,
    'housing' as owner,
    findings.expected,
    findings.actual,
    findings.difference,
    'text' as value_class,
    findings.evidence,
    findings.counter_evidence
from findings
inner join {{ ref('indicators_registry') }} as registry
    on findings.indicator = registry.indicator
