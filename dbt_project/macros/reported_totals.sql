{#- The figures a department reported (department_totals), in force on as_of: one home for the columns of all sectors. -#}
{% macro reported_totals(sector) %}
{{ current_rows(sector, 'department_totals', area_column='area_code') }}

select
    submission_id,
    sheet,
    row_no,
    sub_no,
    row_key,
    scope_key,
    is_stale,
    indicator,
    area_code,
    value as value_written,
    unit,
    definition_version,
    try_cast(value as decimal(18, 6)) as value_number,
    try_cast(numerator as bigint) as numerator,
    try_cast(denominator as bigint) as denominator
from current_rows
{% endmacro %}
