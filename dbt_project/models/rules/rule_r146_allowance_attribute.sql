-- Grain: one row per register household whose attribute and support disagree, or person who draws both kinds.
with supported as (
    select
        household_key,
        min({{ evidence('tekun') }}) as tekun_evidence
    from {{ ref('int_tekun_rows') }} as tekun
    where person_uid is not null and is_in_force
    group by household_key
),

households as (
    select
        household.*,
        supported.tekun_evidence,
        supported.household_key is not null as has_tekun
    from {{ ref('int_households') }} as household
    left join supported
        on household.household_key = supported.household_key
    where household.is_register
),

findings as (
    {%- for detail, feed, condition in [
        ('attr_without_dibao', 'dibao', "households.attr = 'dibao' and not households.has_dibao"),
        ('dibao_without_attr', 'dibao', "households.attr <> 'dibao' and households.has_rural_dibao"),
        ('attr_without_tekun', 'tekun', "households.attr = 'tekun' and not households.has_tekun"),
        ('tekun_without_attr', 'tekun', "households.attr <> 'tekun' and households.has_tekun"),
    ] %}
    select
        households.*,
        '{{ detail }}' as detail
    from households
    where
        {{ condition }}
        and exists (
            select 1
            from {{ ref('int_feeds_received') }} as received
            where received.feed = 'civil_affairs/{{ feed }}'
        )
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
)

select
    'R146' as rule_id,
    detail,
    'fail' as verdict,
    'household' as subject_type,
    household_key as subject_key,
    {{ household_label('findings') }} as subject_label,
    area_code,
    'civil_affairs' as owner,
    '户属性:' || {{ word_of('CL-ATTR', 'findings.attr') }} as expected,
    case detail
        when 'attr_without_dibao' then '本月低保名册中无该户成员'
        when 'dibao_without_attr' then '本月低保名册中有该户成员'
        when 'attr_without_tekun' then '本月特困供养名册中无该户成员'
        else '本月特困供养名册中有该户成员'
    end as actual,
    null as difference,
    'text' as value_class,
    case
        when detail like '%tekun%' then coalesce(tekun_evidence, reg_evidence)
        else coalesce(dibao_rural_evidence, reg_evidence)
    end as evidence,
    reg_evidence as counter_evidence
from findings

union all

select
    'R146' as rule_id,
    'dibao_and_tekun' as detail,
    'fail' as verdict,
    'person' as subject_type,
    person.person_uid as subject_key,
    {{ person_label('person') }} as subject_label,
    person.area_code,
    'civil_affairs' as owner,
    '低保与特困供养不重复享受' as expected,
    '本月同时在低保和特困供养名册' as actual,
    null as difference,
    'text' as value_class,
    min({{ evidence('tekun') }}) as evidence,
    person.dibao_evidence as counter_evidence
from {{ ref('int_persons') }} as person
inner join {{ ref('int_tekun_rows') }} as tekun
    on person.person_uid = tekun.person_uid
where person.is_dibao and tekun.is_in_force
group by person.person_uid, person.name, person.hh_no, person.area_code, person.dibao_evidence
