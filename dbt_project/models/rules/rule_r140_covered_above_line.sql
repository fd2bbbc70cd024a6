-- Grain: one row per rural allowance case admitted under the line in force although its income is not below it.
with cases as (
    select
        dibao.case_no,
        min(dibao.village_code) as area_code,
        max(dibao.npc) as npc,
        min(dibao.from_month) as from_month,
        min({{ evidence('dibao') }}) as evidence
    from {{ ref('int_dibao_rows') }} as dibao
    where dibao.is_in_force and dibao.is_rural
    group by dibao.case_no
),

lined as (
    select
        *,
        {{ policy('rural_dibao_line', 'cases.area_code') }} as line,
        {{ policy('rural_dibao_line_floor', 'cases.area_code') }} as floor_line,
        {{ policy('rural_dibao_line', 'cases.area_code', 'from') }} as line_from,
        {{ policy('rural_dibao_line_floor', 'cases.area_code', 'from') }} as floor_from
    from cases
),

effective as (
    select
        *,
        greatest(line, floor_line) as dibao_line,
        substr(
            cast(case when coalesce(floor_line >= line, line is null) then floor_from else line_from end as varchar),
            1, 7
        ) as first_month
    from lined
)

select
    'R140' as rule_id,
    case when from_month is null and first_month is not null then 'admission_unknown' else 'above_line' end as detail,
    case when from_month is null and first_month is not null then 'unknown' else 'fail' end as verdict,
    'case' as subject_type,
    case_no as subject_key,
    '低保证号' || case_no as subject_label,
    area_code,
    'civil_affairs' as owner,
    '人均纯收入低于低保标准' || cast(cast(dibao_line as decimal(14, 2)) as varchar) || '元' as expected,
    '人均纯收入' || cast(npc as varchar) || '元,'
    || coalesce(from_month || '起享受低保', '起始年月未报') as actual,
    cast(npc - cast(dibao_line as decimal(14, 2)) as varchar) || '元' as difference,
    'text' as value_class,
    evidence,
    null as counter_evidence
from effective
where npc >= dibao_line and coalesce(from_month >= first_month, true)
