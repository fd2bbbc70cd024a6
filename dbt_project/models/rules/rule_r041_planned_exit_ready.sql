-- Grain: one row per household planned to leave poverty that does not pass the exit test, or cannot be told to.
select
    'R041' as rule_id,
    '' as detail,
    exit_check.exit_state as verdict,
    'household' as subject_type,
    exit_check.household_key as subject_key,
    {{ household_label('exit_check') }} as subject_label,
    exit_check.area_code,
    'registry' as owner,
    '达到脱贫标准' as expected,
    '拟脱贫;' || coalesce('未达标:' || exit_check.failed_flags || ';', '')
    || coalesce('不明:' || exit_check.unknown_flags, '') as actual,
    exit_check.readings as difference,
    'text' as value_class,
    exit_check.evidence,
    exit_check.reg_evidence as counter_evidence
from {{ ref('int_exit_checks') }} as exit_check
where exit_check.status = 'planned' and exit_check.exit_state <> 'ok'
