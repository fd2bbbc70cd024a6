-- Grain: one row per stay of a register person and way in which its six payment layers do not hold.
{%- set details = [
    ('negative_layer', 'fail', '各层报销金额不为负', 'is_negative'),
    ('over_total', 'fail', '六层报销合计不超过总费用', 'layers_paid > total'),
    ('sum_mismatch', 'fail', '各项支付之和等于总费用', 'has_sum_mismatch and not coalesce(layers_paid > total, false)'),
    ('out_of_order', 'fail', '先由基本医保结算,再由其他各层支付', 'paid_basic = 0 and layers_paid > 0 and not is_negative'),
    ('layer_missing', 'unknown', '六重保障逐层上报', 'layers_unreported > 0'),
] %}
with claims as (
    select
        *,
        least(
            coalesce(paid_basic, 0), coalesce(paid_serious, 0), coalesce(paid_special, 0), coalesce(paid_aid, 0),
            coalesce(paid_hospital, 0), coalesce(paid_fiscal, 0)
        ) < 0 as is_negative,
        '基本医保' || coalesce(cast(paid_basic as varchar) || '元', '未报')
        || ',大病保险' || coalesce(cast(paid_serious as varchar) || '元', '未报')
        || ',扶贫特惠保' || coalesce(cast(paid_special as varchar) || '元', '未报')
        || ',医疗救助' || coalesce(cast(paid_aid as varchar) || '元', '未报')
        || ',医院减免' || coalesce(cast(paid_hospital as varchar) || '元', '未报')
        || ',财政兜底' || coalesce(cast(paid_fiscal as varchar) || '元', '未报')
            as layers_shown
    from {{ ref('int_claims') }}
),

findings as (
    {%- for detail, verdict, expected, condition in details %}
    select
        claims.*,
        '{{ detail }}' as detail,
        '{{ verdict }}' as verdict,
        '{{ expected }}' as expected
    from claims
    where {{ condition }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
)

select
    'R085' as rule_id,
    detail,
    verdict,
    'case' as subject_type,
    row_key as subject_key,
    {{ person_label('findings') }} || cast(discharge_on as varchar) || '出院' as subject_label,
    area_code,
    'medical' as owner,
    expected,
    layers_shown as actual,
    '总费用' || coalesce(cast(total as varchar), '不明') || '元,六层合计'
    || coalesce(cast(layers_paid as varchar), '不明') || '元' as difference,
    'text' as value_class,
    evidence,
    reg_evidence as counter_evidence
from findings
