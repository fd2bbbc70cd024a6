-- Grain: one row per delivery that was filled in under an older definition.
with latest as (
    select
        submission_id,
        sector,
        entity,
        period,
        area_code
    from {{ ref('stg_meta__deliveries') }}
    where not is_superseded_within
)

select
    'R014' as rule_id,
    'old_definition' as detail,
    'fail' as verdict,
    'delivery' as subject_type,
    latest.sector || '/' || latest.entity || '|' || latest.area_code || '|' || coalesce(latest.period, '')
        as subject_key,
    latest.sector || '/' || latest.entity || coalesce(latest.period, '') as subject_label,
    latest.area_code,
    latest.sector as owner,
    '按现行口径填报' as expected,
    '口径版本' || coalesce(submission.definition_version, '') || ',不是现行版本' as actual,
    null as difference,
    'text' as value_class,
    latest.submission_id || '#' as evidence,
    null as counter_evidence
from latest
inner join {{ source('meta', 'submissions') }} as submission
    on latest.submission_id = submission.submission_id
where array_contains(submission.reasons, 'G_OLD_DEFINITION')
