-- Grain: one row per area and income step just above the poverty line: what households get outside and in the register.
{#- list, rows by person, which of them pay, what they pay in cash a month -#}
{%- set lists = [
    ('civil_affairs/dibao', 'stg_civil_affairs__dibao', 'paid.is_in_force', 'paid.monthly_amt'),
    ('civil_affairs/tekun', 'stg_civil_affairs__tekun', 'paid.is_in_force', '0'),
    ('civil_affairs/disability', 'stg_civil_affairs__disability',
        'paid.is_in_force and coalesce(paid.living_amt, 0) + coalesce(paid.care_amt, 0) > 0',
        'coalesce(paid.living_amt, 0) + coalesce(paid.care_amt, 0)'),
    ('education/aid_payments', 'stg_education__aid_payments',
        'paid.paid_amt > 0 and ' ~ year_of('coalesce(paid.paid_on, ' ~ as_of() ~ ')') ~ ' = ' ~ year_of(as_of()), '0'),
    ('medical/enrolments', 'stg_medical__enrolments',
        "paid.ins_state = 'gov_paid' and paid.ins_year = cast(" ~ year_of(as_of()) ~ ' as varchar)', '0'),
] %}
with near as (
    select
        household_key,
        is_register,
        area_code,
        cast({{ policy('cliff_step', 'area_code') }} as integer) as step,
        cast(floor(npc / {{ policy('cliff_step', 'area_code') }}) as integer) as place
    from {{ ref('int_households') }}
    where npc > poverty_line and npc <= poverty_line * cliff_band and (is_register or is_at_cliff)
),

members as (
    select distinct
        near.household_key,
        listed.person_key
    from near
    inner join {{ ref('int_register_person_rows') }} as listed
        on near.household_key = listed.household_key
    where near.is_register and listed.person_key is not null

    union all

    select distinct
        near.household_key,
        listed.person_key
    from near
    inner join {{ ref('int_edge_members') }} as listed
        on near.household_key = listed.household_key
    where not near.is_register and listed.person_key is not null
),

-- one line per household and list that pays it anything
benefits as (
    {%- for feed, relation, condition, cash in lists %}
    select
        members.household_key,
        sum({{ cash }}) as cash
    from {{ ref(relation) }} as paid
    inner join members
        on paid.person_key = members.person_key
    where {{ condition }}
    group by members.household_key

    union all
    {%- endfor %}

    select
        near.household_key,
        0 as cash
    from near
    inner join {{ ref('int_retrofit_projects') }} as project
        on near.household_key = project.household_key
    where project.paid_total > 0
    group by near.household_key
),

drawn as (
    select
        household_key,
        count(*) as kinds,
        sum(cash) as cash
    from benefits
    group by household_key
),

-- of a household none of whose members has a valid id nobody knows what it gets
judged as (
    select
        near.*,
        known.household_key is not null as is_known,
        case when known.household_key is not null then coalesce(drawn.kinds, 0) end as kinds,
        case when known.household_key is not null then coalesce(drawn.cash, 0) end as cash
    from near
    left join (
        select distinct household_key from members
    ) as known
        on near.household_key = known.household_key
    left join drawn
        on near.household_key = drawn.household_key
),

summed as (
    select
        area.area_code,
        area.area_level,
        judged.place * judged.step as income_from,
        (judged.place + 1) * judged.step as income_below,
        sum(case when not judged.is_register then 1 else 0 end) as off_hh,
        sum(case when not judged.is_register and not judged.is_known then 1 else 0 end) as off_unknown_hh,
        sum(case when not judged.is_register and judged.kinds = 0 then 1 else 0 end) as off_without_hh,
        avg(case when not judged.is_register then judged.kinds end) as off_kinds,
        avg(case when not judged.is_register then judged.cash end) as off_cash,
        sum(case when judged.is_register then 1 else 0 end) as jd_hh,
        sum(case when judged.is_register and not judged.is_known then 1 else 0 end) as jd_unknown_hh,
        sum(case when judged.is_register and judged.kinds = 0 then 1 else 0 end) as jd_without_hh,
        avg(case when judged.is_register then judged.kinds end) as jd_kinds,
        avg(case when judged.is_register then judged.cash end) as jd_cash
    from judged
    inner join {{ ref('int_areas') }} as area
        on {{ starts_with('judged.area_code', 'area.area_code') }}
    where area.area_level in ('prefecture', 'county', 'township')
    group by area.area_code, area.area_level, judged.place, judged.step
),

given as (
    select {{ joined_text('feed', '、', 'feed') }} as counted_lists
    from {{ ref('int_feeds_received') }}
    where
        feed in (
            {%- for feed, _, _, _ in lists %}
            '{{ feed }}',
            {%- endfor %}
            'housing/retrofits'
        )
)

select
    summed.area_code,
    summed.area_level,
    summed.income_from,
    summed.income_below,
    given.counted_lists
    {%- for side in ['off', 'jd'] %},
    cast(summed.{{ side }}_hh as bigint) as {{ side }}_hh,
    cast(summed.{{ side }}_unknown_hh as bigint) as {{ side }}_unknown_hh,
    cast(summed.{{ side }}_without_hh as bigint) as {{ side }}_without_hh,
    cast(summed.{{ side }}_kinds as decimal(14, 2)) as {{ side }}_kinds,
    cast(summed.{{ side }}_cash as decimal(14, 2)) as {{ side }}_cash
    {%- endfor %},
    cast(summed.jd_kinds - summed.off_kinds as decimal(14, 2)) as kinds_gap,
    cast(summed.jd_cash - summed.off_cash as decimal(14, 2)) as cash_gap
from summed
cross join given
where given.counted_lists is not null
