-- Grain: one row per household that left poverty rightly, was struck by a later event and fails a condition now.
select
    'R043' as rule_id,
    '' as detail,
    -- whether it can be solved within the year of the event is open until that year is over
    case
        when {{ year_of(as_of()) }} > {{ year_of('exit_check.watched_since') }} then 'fail'
        else 'unknown'
    end as verdict,
    'household' as subject_type,
    exit_check.household_key as subject_key,
    {{ household_label('exit_check') }} as subject_label,
    exit_check.area_code,
    'registry' as owner,
    '当年内解决,否则按新识别程序认定返贫' as expected,
    cast(exit_check.watched_since as varchar) || '纳入监测,风险未消除;未达标:' || coalesce(exit_check.failed_flags, '')
        as actual,
    exit_check.readings as difference,
    'text' as value_class,
    exit_check.edge_evidence as evidence,
    exit_check.reg_evidence as counter_evidence
from {{ ref('int_exit_checks') }} as exit_check
where exit_check.review_outcome = 'relapsed'
