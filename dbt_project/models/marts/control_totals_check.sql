-- Grain: one row per number that a document states: whether the table reproduces it, explains it, or it is not of here.
with placed as (
    select
        total.*,
        cast(total.value as bigint) as stated,
        coalesce(area.area_code, '{{ var("county") }}') as compared_area,
        area.area_code is not null as is_of_here,
        {{ starts_with("'" ~ var('county') ~ "'", 'total.area_prefix') }} as is_part
    from {{ ref('control_totals') }} as total
    left join {{ ref('int_areas') }} as area
        on total.area_prefix = area.area_code
),

compared as (
    select
        placed.*,
        computed.numerator as computed,
        computed.unknown,
        computed.is_not_run
    from placed
    left join {{ ref('int_indicators') }} as computed
        on placed.indicator = computed.indicator and placed.compared_area = computed.area_code
),

judged as (
    select
        *,
        case
            when indicator is null or coalesce(is_not_run, true) then 'not_applicable'
            when computed = stated then 'reproduced'
            when is_of_here then 'explained'
            else 'not_applicable'
        end as state
    from compared
)

select
    total_id,
    title,
    document,
    quote,
    area_name,
    as_of as stated_on,
    stated,
    unit,
    indicator,
    compared_area,
    cast(computed as bigint) as computed,
    cast(computed - stated as bigint) as difference,
    state,
    case
        when indicator is null then '所需报表不在接收范围'
        when coalesce(is_not_run, true) then '所需报表从未收到'
        when state = 'reproduced' and is_of_here then null
        when state = 'reproduced' then '数值相同;文件所述地区为' || area_name
        when is_of_here
            then
                '文件' || cast(as_of as varchar) || '为' || cast(stated as varchar) || unit || ',本表'
                || cast({{ as_of() }} as varchar) || '为' || cast(computed as varchar) || unit || ','
                || case when computed > stated then '多' else '少' end || cast(abs(computed - stated) as varchar) || unit
                || case when unknown > 0 then ',其中不明' || cast(unknown as varchar) || unit else '' end
                || case
                    when {{ as_of() }} <> as_of
                        then ';时点不同,可重算文件当日:onetable reconcile --as-of ' || cast(as_of as varchar)
                    else ''
                end
                || ';逐条:onetable totals ' || total_id
        when is_part then '本表只是文件所述地区(' || area_name || ')的一部分'
        else '文件所述地区不是本地'
    end as explanation
from judged
