-- Grain: one row per household planned to leave poverty with a guarantee that is not solved, or not known to be.
select
    'R032' as rule_id,
    '' as detail,
    exit_check.guarantee_state as verdict,
    'household' as subject_type,
    exit_check.household_key as subject_key,
    {{ household_label('exit_check') }} as subject_label,
    exit_check.area_code,
    'registry' as owner,
    '两不愁三保障及饮水安全问题整改到位后方可脱贫' as expected,
    '拟脱贫;' || coalesce('未达标:' || exit_check.failed_flags || ';', '')
    || coalesce('不明:' || exit_check.unknown_flags, '') as actual,
    null as difference,
    'text' as value_class,
    exit_check.evidence,
    exit_check.reg_evidence as counter_evidence
from {{ ref('int_exit_checks') }} as exit_check
where exit_check.status = 'planned' and exit_check.guarantee_state <> 'ok'
