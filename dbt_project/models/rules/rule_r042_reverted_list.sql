-- Grain: one row per household out of poverty whose failing condition existed already when it left.
select
    'R042' as rule_id,
    '' as detail,
    'fail' as verdict,
    'household' as subject_type,
    exit_check.household_key as subject_key,
    {{ household_label('exit_check') }} as subject_label,
    exit_check.area_code,
    'registry' as owner,
    '脱贫时各项条件达标' as expected,
    cast(exit_check.exit_year as varchar) || '年脱贫前已存在且至今未解决:' || coalesce(exit_check.failed_flags, '')
        as actual,
    exit_check.readings as difference,
    'text' as value_class,
    exit_check.evidence,
    exit_check.reg_evidence as counter_evidence
from {{ ref('int_exit_checks') }} as exit_check
where exit_check.review_outcome = 'reverted'
