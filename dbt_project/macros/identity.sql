{#-
    Rows of a person feed with the register person they are about. Only an equal, valid identity links; a namesake in
    the same village is a lead for an officer (R006), never a link. Of a whole population only the rows that can
    matter are kept: linked, namesake of a register person, or labelled as belonging to the register.
-#}
{% macro person_rows(relation, columns, condition='true', keep_all=false) -%}
with namesakes as (
    select distinct
        name_norm,
        area_code
    from {{ ref('int_register_persons') }}
    where name_norm is not null and area_code is not null
)

select
    sector_row.submission_id,
    sector_row.sheet,
    sector_row.row_no,
    sector_row.sub_no,
    sector_row.row_key,
    sector_row.is_stale,
    sector_row.village_code,
    sector_row.name,
    sector_row.name_norm,
    sector_row.id_status,
    sector_row.person_class,
    {% for column in columns -%}
    sector_row.{{ column }},
    {% endfor -%}
    person.person_uid,
    person.household_key,
    namesakes.name_norm is not null as has_namesake
from {{ relation }} as sector_row
left join {{ ref('int_register_persons') }} as person
    on sector_row.person_key = person.person_key
left join namesakes
    on sector_row.name_norm = namesakes.name_norm and sector_row.village_code = namesakes.area_code
where
    {{ condition }}
    {% if not keep_all -%}
    and (
        person.person_uid is not null
        or namesakes.name_norm is not null
        or {{ list_has('sector_row.person_class', "'jd'") }}
    )
    {%- endif %}
{%- endmacro %}

{#-
    Rows of a household feed with their household: the register's by number, else by the head's identity; else the
    edge list's; else a household known to this feed only.
-#}
{% macro household_rows(relation, columns, condition='true') -%}
with edge_heads as (
    select
        head_key,
        min(household_key) as household_key
    from {{ ref('int_edge_households') }}
    where head_key is not null
    group by head_key
)

select
    sector_row.submission_id,
    sector_row.sheet,
    sector_row.row_no,
    sector_row.sub_no,
    sector_row.row_key,
    sector_row.is_stale,
    sector_row.village_code,
    sector_row.hh_no,
    sector_row.head_name,
    sector_row.head_name_norm,
    {% for column in columns -%}
    sector_row.{{ column }},
    {% endfor -%}
    coalesce(
        by_number.household_key,
        by_head.household_key,
        case when sector_row.hh_no is null then edge_heads.household_key end,
        sector_row.hh_no,
        'I' || sector_row.head_key,
        'R' || sector_row.row_key
    ) as household_key,
    coalesce(by_number.household_key, by_head.household_key) is not null as is_linked,
    case
        when by_number.household_key is not null then 'hh_no'
        when by_head.household_key is not null then 'head_key'
    end as tier
from {{ relation }} as sector_row
left join {{ ref('int_register_households') }} as by_number
    on sector_row.hh_no = by_number.hh_no
left join {{ ref('int_register_heads') }} as by_head
    on sector_row.head_key = by_head.head_key
left join edge_heads
    on sector_row.head_key = edge_heads.head_key
where {{ condition }}
{%- endmacro %}
