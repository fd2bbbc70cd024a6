-- Grain: one row per control total that is not reproduced and subject behind it: counted today, or not known.
{%- set sides = [('counted', 'numerator_of'), ('unknown', 'unknown_of')] %}
{%- for side, column in sides %}
select
    total.total_id,
    '{{ side }}' as side,
    member.subject_type,
    member.subject_key,
    member.subject_label,
    member.area_code
from {{ ref('control_totals_check') }} as total
inner join {{ ref('indicator_members') }} as member
    on
        {{ list_has('member.' ~ column, 'total.indicator') }}
        and {{ starts_with("coalesce(member.area_code, total.compared_area)", 'total.compared_area') }}
where total.state = 'explained'
{%- if not loop.last %}

union all
{% endif %}
{%- endfor %}
