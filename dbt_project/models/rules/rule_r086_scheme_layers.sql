-- Grain: one row per stay of a register person and layer that the area's own scheme does not know, or does not report.
{%- set layers = [
    ('basic', 'paid_basic', '基本医保'),
    ('serious', 'paid_serious', '大病保险'),
    ('special', 'paid_special', '补充保险'),
    ('aid', 'paid_aid', '医疗救助'),
    ('hospital', 'paid_hospital', '医院减免'),
    ('fiscal', 'paid_fiscal', '财政兜底'),
] %}
with claims as (
    select
        claim.*,
        {{ policy('medical_scheme_layers', 'claim.area_code', 'text') }} as scheme
    from {{ ref('int_claims') }} as claim
),

findings as (
    {%- for layer, column, word in layers %}
    select
        claims.*,
        '{{ layer }}' as layer,
        '{{ word }}' as word,
        claims.{{ column }} as amount,
        {{ list_has('claims.scheme', "'" ~ layer ~ "'") }} as is_of_scheme
    from claims
    where claims.scheme is not null
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
)

select
    'R086' as rule_id,
    case when is_of_scheme then 'not_reported_' else 'outside_' end || layer as detail,
    case when is_of_scheme then 'unknown' else 'fail' end as verdict,
    'case' as subject_type,
    row_key as subject_key,
    {{ person_label('findings') }} || cast(discharge_on as varchar) || '出院' as subject_label,
    area_code,
    'medical' as owner,
    case when is_of_scheme then '逐层上报' else '只用本地综合医保的各层' end as expected,
    word || case when is_of_scheme then '未报' else '支付' || cast(amount as varchar) || '元' end as actual,
    null as difference,
    'text' as value_class,
    evidence,
    reg_evidence as counter_evidence
from findings
where (is_of_scheme and amount is null) or (not is_of_scheme and amount > 0)
