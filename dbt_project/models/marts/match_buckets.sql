-- Grain: one row per area, feed and bucket of the comparison with the register: how many are in it.
with apart as (
    select
        {{ text_before('detail', '.') }} as feed,
        substr(detail, length({{ text_before('detail', '.') }}) + 2) as bucket,
        subject_key,
        area_code
    from {{ ref('rule_r006_match_buckets') }}
),

compared as (
    select
        held.sector,
        held.entity,
        held.sector || '/' || held.entity as feed
    from (
        select distinct
            sector,
            entity
        from {{ ref('links') }}
    ) as held
    where exists (
        select 1
        from {{ ref('rules') }} as rule
        where
            rule.rule_id = 'R006'
            and '|' || replace(rule.needed_feeds, ' ', '|') || '|'
            like '%|' || held.sector || '/' || held.entity || '|%'
    )
),

-- both sides know each other: linked, and no other name
linked as (
    select distinct
        compared.feed,
        link.person_uid,
        case when link.person_uid is null then link.household_key end as household_key
    from {{ ref('links') }} as link
    inner join compared
        on link.sector = compared.sector and link.entity = compared.entity
),

otherwise_named as (
    select distinct
        feed,
        subject_key
    from apart
    where bucket = 'name_differs'
),

both_sides as (
    select
        linked.feed,
        'both' as bucket,
        coalesce(linked.person_uid, linked.household_key) as subject_key,
        coalesce(person.area_code, household.area_code) as area_code
    from linked
    left join otherwise_named
        on
            linked.feed = otherwise_named.feed
            and otherwise_named.subject_key = coalesce(linked.person_uid, linked.household_key)
    left join {{ ref('int_register_persons') }} as person
        on linked.person_uid = person.person_uid
    left join {{ ref('int_register_households') }} as household
        on linked.household_key = household.household_key
    where otherwise_named.subject_key is null
),

placed as (
    select * from apart

    union all

    select * from both_sides
),

expanded as (
    {{ in_every_area('placed', ['feed', 'bucket']) }}
)

select
    expanded.area_code,
    area.area_level,
    expanded.feed,
    expanded.bucket,
    count(*) as subjects
from expanded
inner join {{ ref('int_areas') }} as area
    on expanded.area_code = area.area_code
group by expanded.area_code, area.area_level, expanded.feed, expanded.bucket
