{#- Where a row of a staging model comes from and where what it tells of is, and then `columns`. -#}
{% macro row_columns(columns=[]) -%}
    {%- for column in [
        'submission_id', 'sheet', 'row_no', 'sub_no', 'row_key', 'scope_key', 'is_stale', 'village_code',
    ] + columns %}
    {{- column }}{{ ",\n    " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- What every row of a person feed says beside its sector's facts: where it stands, whom it names, where they live. -#}
{% macro person_row_columns() -%}
    {{ row_columns(['name', 'name_norm', 'id_key', 'person_key', 'id_masked', 'id_status', 'person_class']) }}
{%- endmacro %}

{#- What every row about a household says: where it stands, which household, who heads it. -#}
{% macro household_row_columns() -%}
    {{ row_columns(['hh_no', 'head_name', 'head_name_norm', 'head_key', 'head_id_masked']) }}
{%- endmacro %}

{#- The columns of a row of a person feed, as its models keep them. -#}
{% macro linked_row_columns(alias, columns) -%}
    {%- for column in [
        'submission_id', 'sheet', 'row_no', 'sub_no', 'row_key', 'is_stale', 'village_code', 'name', 'name_norm',
        'id_status', 'person_class',
    ] + columns %}
    {{- alias }}.{{ column }}{{ ",\n        " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- What a decision remembers of a row: the token of its id text, else its key. -#}
{% macro decision_subject(alias) -%}
    coalesce({{ alias }}.id_key, 'R' || {{ alias }}.row_key)
{%- endmacro %}

{#-
    The exact tier, as CTEs that end in `exact`: rows about a register person because an officer decided so, else
    because their valid id is equal. It is one join of the roster with the register by token; all else looks at few
    rows: those that a decision speaks of, and the ids under which a list names many people. Such an id was typed to
    fill the cell and says nothing (`filled_in`).
-#}
{% macro exact_tier(relation, columns, condition='true') -%}
{%- set decided = has_decisions() -%}
with {% if decided -%}
decided as (
    select distinct
        subject_key,
        subject_name,
        case when substr(subject_key, 1, 1) = 'R' then substr(subject_key, 2) end as row_key
    from {{ ref('int_identity_decisions') }}
),

spoken_of as (
    select sector_row.*
    from {{ relation }} as sector_row
    inner join decided
        on sector_row.id_key = decided.subject_key and coalesce(sector_row.name_norm, '') = decided.subject_name
    where {{ condition }}

    union all

    select sector_row.*
    from {{ relation }} as sector_row
    inner join decided
        on sector_row.row_key = decided.row_key and coalesce(sector_row.name_norm, '') = decided.subject_name
    where {{ condition }} and sector_row.id_key is null
),

resolved as (
    select
        {{ linked_row_columns('sector_row', columns) }},
        {{ decision_subject('sector_row') }} as subject_key,
        person.person_uid,
        person.household_key,
        case when together.target_key is null then 'person_key' else 'decision' end as tier
    from spoken_of as sector_row
    left join {{ ref('int_register_keys') }} as own
        on sector_row.person_key = own.register_key
{{ decisions_of(
    ref('int_identity_decisions'), decision_subject('sector_row'), 'sector_row.name_norm', 'own.person_uid'
) }}
    left join {{ ref('int_register_keys') }} as person
        on coalesce(together.target_key, case when apart.target_key is null then own.person_uid end)
        = person.register_key
),

{% endif -%}
met as (
    select
        {{ linked_row_columns('sector_row', columns) }},
        {{ decision_subject('sector_row') if decided else 'cast(null as varchar)' }} as subject_key,
        person.person_uid,
        person.household_key,
        'person_key' as tier
    from {{ relation }} as sector_row
    inner join {{ ref('int_register_keys') }} as person
        on sector_row.person_key = person.register_key
    where {{ condition }}{{ ' and ' ~ not_spoken_of('sector_row') if decided }}
    {%- if decided %}

    union all

    select *
    from resolved
    where person_uid is not null
    {%- endif %}
),

often_met as (
    select person_uid
    from met
    where tier = 'person_key'
    group by person_uid
    having count(*) >= {{ policy('repeated_id_names', "'" ~ var('county') ~ "'") }}
),

filled_in as (
    select
        met.person_uid,
        met.tier
    from met
    inner join often_met
        on met.person_uid = often_met.person_uid
    where met.tier = 'person_key'
    group by met.person_uid, met.tier
    having count(distinct met.name_norm) >= {{ policy('repeated_id_names', "'" ~ var('county') ~ "'") }}
),

exact as (
    select met.*
    from met
    left join filled_in
        on met.person_uid = filled_in.person_uid and met.tier = filled_in.tier
    where filled_in.person_uid is null
)
{%- endmacro %}

{% macro not_spoken_of(alias) -%}
    not exists (
        select 1
        from decided
        where
            decided.subject_key = {{ decision_subject(alias) }}
            and decided.subject_name = coalesce({{ alias }}.name_norm, '')
    )
{%- endmacro %}

{#- True of a row whose id is nobody's of the register, and of which no decision speaks. -#}
{% macro is_of_nobody(alias) -%}
    not exists (
        select 1
        from {{ ref('int_register_keys') }} as person
        where person.register_key = {{ alias }}.person_key
    )
    {%- if has_decisions() %}
    and {{ not_spoken_of(alias) }}
    {%- endif %}
{%- endmacro %}

{#-
    Rows of a person feed with the register person they are about: the exact tier, and rows of nobody. Of a whole
    population only those of nobody are kept that bear a register person's name in that person's village (a lead for
    an officer, R006, never a link) or are labelled as belonging to the register; `keep_all` keeps every row.
-#}
{% macro person_rows(relation, columns, condition='true', keep_all=false) -%}
{%- set decided = has_decisions() -%}
{%- set labelled = list_has('sector_row.person_class', "'jd'") -%}
{{ exact_tier(relation, columns, condition) }},

namesakes as (
    select distinct
        name_norm,
        area_code
    from {{ ref('int_register_persons') }}
    where name_norm is not null and area_code is not null
),

nobodys as (
    select
        {{ linked_row_columns('sector_row', columns) }},
        {{ decision_subject('sector_row') if decided else 'cast(null as varchar)' }} as subject_key
    from {{ relation }} as sector_row
    {%- if not keep_all %}
    inner join namesakes
        on sector_row.name_norm = namesakes.name_norm and sector_row.village_code = namesakes.area_code
    {%- endif %}
    where {{ condition }} and {{ is_of_nobody('sector_row') }}
    {%- if not keep_all %}

    union all

    select
        {{ linked_row_columns('sector_row', columns) }},
        {{ decision_subject('sector_row') if decided else 'cast(null as varchar)' }} as subject_key
    from {{ relation }} as sector_row
    where
        {{ condition }}
        and {{ labelled }}
        and {{ is_of_nobody('sector_row') }}
        and not exists (
            select 1
            from namesakes
            where namesakes.name_norm = sector_row.name_norm and namesakes.area_code = sector_row.village_code
        )
    {%- endif %}

    union all

    select
        {{ linked_row_columns('met', columns) }},
        met.subject_key
    from met
    inner join filled_in
        on met.person_uid = filled_in.person_uid and met.tier = filled_in.tier
    {%- if decided %}

    union all

    select
        {{ linked_row_columns('sector_row', columns) }},
        sector_row.subject_key
    from resolved as sector_row
    {%- if not keep_all %}
    left join namesakes
        on sector_row.name_norm = namesakes.name_norm and sector_row.village_code = namesakes.area_code
    {%- endif %}
    where sector_row.person_uid is null{{ ' and (namesakes.name_norm is not null or ' ~ labelled ~ ')' if not keep_all }}
    {%- endif %}
)

select
    {{ linked_row_columns('exact', columns) }},
    exact.subject_key,
    exact.person_uid,
    exact.household_key,
    exact.tier,
    false as has_namesake
from exact

union all

select
    {{ linked_row_columns('nobodys', columns) }},
    nobodys.subject_key,
    cast(null as varchar) as person_uid,
    cast(null as varchar) as household_key,
    cast(null as varchar) as tier,
    namesakes.name_norm is not null as has_namesake
from nobodys
left join namesakes
    on nobodys.name_norm = namesakes.name_norm and nobodys.village_code = namesakes.area_code
{%- endmacro %}

{#-
    Rows of a household feed with their household: as an officer decided, else the register's by number, else by the
    head's identity; else the edge list's; else a household known to this feed only. A number counts unless the row
    speaks of other people: a head of another name who is no member, in another village or of another household of the
    register. Such a number was given out twice, and the row has a key of its own. Neither number nor head's identity
    counts for a household that an officer has said the row is not about.
-#}
{% macro household_rows(relation, columns, condition='true') -%}
{%- set decided = has_decisions() -%}
{%- set by_head = 'case when apart.target_key is null then by_head.household_key end' if decided else
    'by_head.household_key' -%}
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
            {%- if decided %}
            when apart.target_key is not null then true
            {%- endif %}
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
    {%- if decided %}
    left join {{ ref('int_identity_decisions') }} as apart
        on {{ household_apart('household.household_key') }}
    {%- endif %}
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
        {{ by_head }},
        case when sector_row.hh_no is null then edge_heads.household_key end,
        case when sector_row.numbered_key is null then sector_row.hh_no end,
        'I' || sector_row.head_key,
        'R' || sector_row.row_key
    ) as household_key,
    coalesce(
        {{ 'by_decision.household_key,' if decided }}
        case when not sector_row.is_of_others then sector_row.numbered_key end,
        {{ by_head }}
    ) is not null as is_linked,
    case
        {{ "when by_decision.household_key is not null then 'decision'" if decided }}
        when not sector_row.is_of_others and sector_row.numbered_key is not null then 'hh_no'
        when {{ by_head }} is not null then 'head_key'
    end as tier
from numbered as sector_row
left join {{ ref('int_register_heads') }} as by_head
    on sector_row.head_key = by_head.head_key
left join edge_heads
    on sector_row.head_key = edge_heads.head_key
{% if decided -%}
left join {{ ref('int_identity_decisions') }} as apart
    on {{ household_apart('by_head.household_key') }}
{{ decisions_of(ref('int_identity_decisions'), "'R' || sector_row.row_key", 'sector_row.head_name_norm') }}
left join {{ ref('int_register_households') }} as by_decision
    on together.target_key = by_decision.household_key
{% endif -%}
{%- endmacro %}

{#- Condition of a join: an officer has said that the row of a household feed is not about the household. -#}
{% macro household_apart(household_key) -%}
    'R' || sector_row.row_key = apart.subject_key
        and coalesce(sector_row.head_name_norm, '') = apart.subject_name
        and {{ household_key }} = apart.target_key
        and not apart.is_link
{%- endmacro %}

{#-
    Whether officers have decided anything by as_of: where not, no roster pays for looking. The register's own rows are
    read before `int_identity_decisions`, which knows what became of them.
-#}
{% macro has_decisions(in_register=false) -%}
    {%- set decisions = ref('stg_meta__identity_decisions' if in_register else 'int_identity_decisions') -%}
    {%- if not execute or not load_relation(decisions) -%}
        {{ return(false) }}
    {%- endif -%}
    {{ return(run_query('select 1 from ' ~ decisions ~ ' limit 1').rows | length > 0) }}
{%- endmacro %}

{#-
    Joins of the decisions about a row: `together` with whom it belongs, `apart` that its own id does not count. A row
    of the register (`in_register`) follows decisions about the register's own rows only: what was decided of a list's
    row never moves a person of the register, nor does it stand in the place of what was decided of the register's.
-#}
{% macro decisions_of(decisions, subject, name, own_key=none, in_register=false) -%}
left join {{ decisions }} as together
    on
        {{ subject }} = together.subject_key
        and coalesce({{ name }}, '') = together.subject_name
        and together.is_link
        and together.{{ 'is_of_register and together.register_preference' if in_register else 'preference' }} = 1
{%- if own_key %}
left join {{ decisions }} as apart
    on
        {{ subject }} = apart.subject_key
        and coalesce({{ name }}, '') = apart.subject_name
        and apart.target_key = {{ own_key }}
        and not apart.is_link
        {%- if in_register %}
        and apart.is_of_register
        {%- endif %}
{%- endif %}
{%- endmacro %}

{#- Whom a row of the register is about: as an officer decided, else by its id unless two people bear it, else itself. -#}
{% macro decided_uid(alias) -%}
    {%- if has_decisions(in_register=true) -%}
    coalesce(together.target_key, {{ decided_key(alias) }}, 'R' || {{ alias }}.row_key)
    {%- else -%}
    coalesce({{ alias }}.person_key, 'R' || {{ alias }}.row_key)
    {%- endif -%}
{%- endmacro %}

{#- The id of a row of the register, null where an officer said that it does not say whose row it is. -#}
{% macro decided_key(alias) -%}
    {%- if has_decisions(in_register=true) -%}
    case when apart.target_key is null then {{ alias }}.person_key end
    {%- else -%}
    {{ alias }}.person_key
    {%- endif -%}
{%- endmacro %}

{#- Joins of the decisions about rows of the register itself; none where nobody has decided anything. -#}
{% macro register_decisions(alias) -%}
    {%- if has_decisions(in_register=true) -%}
{{ decisions_of(
    ref('stg_meta__identity_decisions'), decision_subject(alias), alias ~ '.name_norm', alias ~ '.person_key',
    in_register=true
) }}
    {%- endif -%}
{%- endmacro %}

{#- True unless an officer has called the row and the register's person or household different. -#}
{% macro not_apart(subject, name, target) -%}
    {%- if has_decisions() -%}
    not exists (
        select 1
        from {{ ref('int_identity_decisions') }} as decided
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
