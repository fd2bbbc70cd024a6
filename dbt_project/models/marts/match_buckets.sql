-- Grain: one row per area, feed and bucket of the comparison with the register: how many are in it.
with apart as (
    select
        {{ text_before('detail', '.') }} as feed,
        substr(detail, length({{ text_before('detail', '.') }}) + 2) as bucket,
        subject_key,
        area_code
    from {{ ref('rule_r006_match_buckets') }}
),

-- both sides know each other: linked, and no other name
both_sides as (
    select distinct
        link.sector || '/' || link.entity as feed,
        'both' as bucket,
        coalesce(link.person_uid, link.household_key) as subject_key,
        coalesce(person.area_code, household.area_code) as area_code
    from {{ ref('links') }} as link
    left join {{ ref('int_register_persons') }} as person
        on link.person_uid = person.person_uid
    left join {{ ref('int_register_households') }} as household
        on link.household_key = household.household_key and link.person_uid is null
    where
        exists (
            select 1
            from {{ ref('rules') }} as rule
            where
                rule.rule_id = 'R006'
                and '|' || replace(rule.needed_feeds, ' ', '|') || '|'
                like '%|' || link.sector || '/' || link.entity || '|%'
        )
        and not exists (
            select 1
            from apart
            where
                apart.bucket = 'name_differs'
                and apart.feed = link.sector || '/' || link.entity
                and apart.subject_key = coalesce(link.person_uid, link.household_key)
        )
),

placed as (
    select * from apart

    union all

    select * from both_sides
),

-- whose place nobody knows counts for the whole only
expanded as (
    {%- for digits in [12, 9] + ([6] if var("county") | length < 6 else []) %}
    select
        feed,
        bucket,
        substr(area_code, 1, {{ digits }}) as area_code
    from placed
    where length(area_code) >= {{ digits }}

    union all
    {%- endfor %}

    select
        feed,
        bucket,
        '{{ var("county") }}' as area_code
    from placed
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
