{#- What every row of a person feed says beside its sector's facts: where it stands, whom it names, where they live. -#}
{% macro person_row_columns() -%}
    {%- for column in [
        'submission_id', 'sheet', 'row_no', 'sub_no', 'row_key', 'scope_key', 'is_stale', 'village_code', 'name', 'name_norm',
        'id_key', 'person_key', 'id_masked', 'id_status', 'person_class',
    ] %}
    {{- column }}{{ ",\n    " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#-
    Rows of a person feed with the register person they are about: as an officer decided, else by an equal, valid
    identity, else nobody; a namesake in the same village is a lead for an officer (R006), never a link. An id under
    which a list names many people was typed to fill the cell and says nothing. Of a whole population only the rows
    that can matter are kept: linked, namesake of a register person, or labelled as belonging to the register.
-#}
{% macro person_rows(relation, columns, condition='true', keep_all=false) -%}
{%- set decided = has_decisions() -%}
{%- set subject = "coalesce(sector_row.id_key, 'R' || sector_row.row_key)" -%}
with namesakes as (
    select distinct
        name_norm,
        area_code
    from {{ ref('int_register_persons') }}
    where name_norm is not null and area_code is not null
),

met as (
    select
        sector_row.*,
        {{ subject if decided else 'cast(null as varchar)' }} as subject_key,
        person.person_uid,
        person.household_key,
        {% if decided -%}
        case when together.target_key is null then 'person_key' else 'decision' end as tier,
        {% else -%}
        'person_key' as tier,
        {% endif -%}
        namesakes.name_norm is not null as has_namesake
    from {{ relation }} as sector_row
{% if decided -%}
{{ decisions_of(subject, 'sector_row.name_norm', 'sector_row.person_key') }}
left join {{ ref('int_register_persons') }} as person
    on coalesce(
        together.target_key, case when apart.target_key is null then sector_row.person_key end
    ) = person.person_uid
{% else -%}
left join {{ ref('int_register_persons') }} as person
    on sector_row.person_key = person.person_key
{% endif -%}
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
),

filled_in as (
    select person_uid
    from met
    where person_uid is not null and tier = 'person_key'
    group by person_uid
    having count(distinct name_norm) >= {{ policy('repeated_id_names', "'" ~ var('county') ~ "'") }}
)

select
    met.submission_id,
    met.sheet,
    met.row_no,
    met.sub_no,
    met.row_key,
    met.is_stale,
    met.village_code,
    met.name,
    met.name_norm,
    met.id_status,
    met.person_class,
    met.subject_key,
    {% for column in columns -%}
    met.{{ column }},
    {% endfor -%}
    case when filled_in.person_uid is null then met.person_uid end as person_uid,
    case when filled_in.person_uid is null then met.household_key end as household_key,
    met.tier,
    met.has_namesake
from met
left join filled_in
    on met.person_uid = filled_in.person_uid and met.tier = 'person_key'
{%- endmacro %}

{#-
    Rows of a household feed with their household: as an officer decided, else the register's by number, else by the
    head's identity; else the edge list's; else a household known to this feed only. A number counts unless the row
    speaks of other people: a head of another name who is no member, in another village or of another household of the
    register. Such a number was given out twice, and the row has a key of its own.
-#}
{% macro household_rows(relation, columns, condition='true') -%}
{%- set decided = has_decisions() -%}
with edge_heads as (
    select
        head_key,
        min(household_key) as household_key
    from {{ ref('int_edge_households') }}
    where head_key is not null
    group by head_key
),

members as (
    select distinct
        person_key,
        household_key
    from {{ ref('int_register_person_rows') }}
    where person_key is not null
),

homes as (
    select
        person_key,
        min(household_key) as household_key
    from members
    group by person_key
),

numbered as (
    select
        sector_row.*,
        household.household_key as numbered_key,
        case
            when
                household.household_key is null
                or own.person_key is not null
                or sector_row.head_key = household.head_key
                then false
            else
                coalesce(sector_row.head_name_norm <> household.head_name_norm, false)
                and (
                    homes.person_key is not null
                    or not coalesce({{ starts_with('sector_row.village_code', 'household.area_code') }}, true)
                    and not coalesce({{ starts_with('household.area_code', 'sector_row.village_code') }}, true)
                )
        end as is_of_others
    from {{ relation }} as sector_row
    left join {{ ref('int_register_households') }} as household
        on sector_row.hh_no = household.hh_no
    left join members as own
        on sector_row.head_key = own.person_key and sector_row.hh_no = own.household_key
    left join homes
        on sector_row.head_key = homes.person_key
    where {{ condition }}
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
        {{ 'by_decision.household_key,' if decided }}
        case when not sector_row.is_of_others then sector_row.numbered_key end,
        by_head.household_key,
        case when sector_row.hh_no is null then edge_heads.household_key end,
        case when sector_row.numbered_key is null then sector_row.hh_no end,
        'I' || sector_row.head_key,
        'R' || sector_row.row_key
    ) as household_key,
    coalesce(
        {{ 'by_decision.household_key,' if decided }}
        case when not sector_row.is_of_others then sector_row.numbered_key end,
        by_head.household_key
    ) is not null as is_linked,
    case
        {{ "when by_decision.household_key is not null then 'decision'" if decided }}
        when not sector_row.is_of_others and sector_row.numbered_key is not null then 'hh_no'
        when by_head.household_key is not null then 'head_key'
    end as tier
from numbered as sector_row
left join {{ ref('int_register_heads') }} as by_head
    on sector_row.head_key = by_head.head_key
left join edge_heads
    on sector_row.head_key = edge_heads.head_key
{% if decided -%}
{{ decisions_of("'R' || sector_row.row_key", 'sector_row.head_name_norm') }}
left join {{ ref('int_register_households') }} as by_decision
    on together.target_key = by_decision.household_key
{% endif -%}
{%- endmacro %}

{#- Whether officers have decided anything by as_of: where not, no roster pays for looking. -#}
{% macro has_decisions() -%}
    {%- set decisions = ref('stg_meta__identity_decisions') -%}
    {%- if not execute or not load_relation(decisions) -%}
        {{ return(false) }}
    {%- endif -%}
    {{ return(run_query('select 1 from ' ~ decisions ~ ' limit 1').rows | length > 0) }}
{%- endmacro %}

{#-
    Joins of the decisions about a row: `together` with whom it belongs, `apart` that its own id does not count. A row
    of the register follows decisions about the register's own rows only (`feed`): what was decided of a list's row
    never moves a person of the register.
-#}
{% macro decisions_of(subject, name, own_key=none, feed=none) -%}
left join {{ ref('stg_meta__identity_decisions') }} as together
    on
        {{ subject }} = together.subject_key
        and coalesce({{ name }}, '') = together.subject_name
        and together.is_link
        and together.preference = 1
        {%- if feed %}
        and together.feed = '{{ feed }}'
        {%- endif %}
{%- if own_key %}
left join {{ ref('stg_meta__identity_decisions') }} as apart
    on
        {{ subject }} = apart.subject_key
        and coalesce({{ name }}, '') = apart.subject_name
        and apart.target_key = {{ own_key }}
        and not apart.is_link
        {%- if feed %}
        and apart.feed = '{{ feed }}'
        {%- endif %}
{%- endif %}
{%- endmacro %}

{#- Whom a row of the register is about: as an officer decided, else by its id unless two people bear it, else itself. -#}
{% macro decided_uid(alias) -%}
    {%- if has_decisions() -%}
    coalesce(together.target_key, {{ decided_key(alias) }}, 'R' || {{ alias }}.row_key)
    {%- else -%}
    coalesce({{ alias }}.person_key, 'R' || {{ alias }}.row_key)
    {%- endif -%}
{%- endmacro %}

{#- The id of a row of the register, null where an officer said that it does not say whose row it is. -#}
{% macro decided_key(alias) -%}
    {%- if has_decisions() -%}
    case when apart.target_key is null then {{ alias }}.person_key end
    {%- else -%}
    {{ alias }}.person_key
    {%- endif -%}
{%- endmacro %}

{#- Joins of the decisions about rows of the register itself; none where nobody has decided anything. -#}
{% macro register_decisions(alias) -%}
    {%- if has_decisions() -%}
{{ decisions_of(
    "coalesce(" ~ alias ~ ".id_key, 'R' || " ~ alias ~ ".row_key)", alias ~ '.name_norm', alias ~ '.person_key',
    feed='registry/persons'
) }}
    {%- endif -%}
{%- endmacro %}

{#- True unless an officer has called the row and the register's person or household different. -#}
{% macro not_apart(subject, name, target) -%}
    {%- if has_decisions() -%}
    not exists (
        select 1
        from {{ ref('stg_meta__identity_decisions') }} as decided
        where
            decided.subject_key = {{ subject }}
            and decided.subject_name = coalesce({{ name }}, '')
            and decided.target_key = {{ target }}
            and not decided.is_link
    )
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}
