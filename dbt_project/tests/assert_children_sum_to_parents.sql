-- One number: villages add up to their township, townships to the county and counties to the prefecture, but for
-- subjects whose place is not known down to the child.
with levels as (
    select
        child.indicator,
        area.parent_code as area_code,
        sum(child.numerator) as numerator,
        sum(coalesce(child.denominator, 0)) as denominator,
        sum(child.unknown) as unknown
    from {{ ref('indicators') }} as child
    inner join {{ ref('int_areas') }} as area
        on child.area_code = area.area_code
    where child.status = 'ok' and area.parent_code is not null
    group by child.indicator, area.parent_code
),

unplaced as (
    select
        base.indicator,
        coalesce(township.area_code, county.area_code, '{{ var("county") }}') as area_code,
        sum(base.numerator) as numerator,
        sum(coalesce(base.denominator, 0)) as denominator,
        sum(base.unknown) as unknown
    from {{ ref('int_indicator_bases') }} as base
    left join {{ ref('int_areas') }} as village
        on base.area_code = village.area_code and village.area_level = 'village'
    left join {{ ref('int_areas') }} as township
        on substr(base.area_code, 1, 9) = township.area_code and township.area_level = 'township'
    left join {{ ref('int_areas') }} as county
        on substr(base.area_code, 1, 6) = county.area_code and county.area_level = 'county'
    where village.area_code is null
    group by base.indicator, coalesce(township.area_code, county.area_code, '{{ var("county") }}')
)

select
    parent.indicator,
    parent.area_code,
    parent.numerator,
    levels.numerator as children_numerator
from {{ ref('indicators') }} as parent
inner join levels
    on parent.indicator = levels.indicator and parent.area_code = levels.area_code
left join unplaced
    on parent.indicator = unplaced.indicator and parent.area_code = unplaced.area_code
where
    parent.status = 'ok'
    and (
        parent.numerator <> levels.numerator + coalesce(unplaced.numerator, 0)
        or coalesce(parent.denominator, 0) <> levels.denominator + coalesce(unplaced.denominator, 0)
        or parent.unknown <> levels.unknown + coalesce(unplaced.unknown, 0)
    )
