-- Grain: one row per stay of a register person and way in which treatment before payment was not given or not told.
{%- set details = [
    ('deposit', 'fail', '住院不缴押金', 'deposit > 0'),
    ('deposit_unknown', 'unknown', '住院不缴押金', 'deposit is null'),
    ('not_one_stop', 'fail', '一站式结算', 'not one_stop'),
    ('one_stop_unknown', 'unknown', '一站式结算', 'one_stop is null'),
] %}
with findings as (
    {%- for detail, verdict, expected, condition in details %}
    select
        claim.*,
        '{{ detail }}' as detail,
        '{{ verdict }}' as verdict,
        '{{ expected }}' as expected
    from {{ ref('int_claims') }} as claim
    where {{ condition }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
)

select
    'R088' as rule_id,
    detail,
    verdict,
    'case' as subject_type,
    row_key as subject_key,
    {{ person_label('findings') }} || cast(discharge_on as varchar) || '出院' as subject_label,
    area_code,
    'medical' as owner,
    expected,
    case detail
        when 'deposit' then coalesce(hospital, '') || '收取押金' || cast(deposit as varchar) || '元'
        when 'not_one_stop' then coalesce(hospital, '') || '未一站式结算'
        else '未报'
    end as actual,
    null as difference,
    'text' as value_class,
    evidence,
    reg_evidence as counter_evidence
from findings
