-- Grain: one row per rule and area in which its severity on as_of is another than the registry's.
with candidates as (
    select
        severity.rule_id,
        area.area_code,
        severity.severity,
        row_number() over (
            partition by severity.rule_id, area.area_code
            order by length(coalesce(severity.area_prefix, '')) desc, severity.valid_from desc
        ) as preference
    from {{ ref('rule_severities') }} as severity
    inner join {{ ref('int_areas') }} as area
        on {{ starts_with('area.area_code', "coalesce(severity.area_prefix, '')") }}
    where severity.valid_from <= {{ as_of() }}
)

select
    rule_id,
    area_code,
    severity
from candidates
where preference = 1
