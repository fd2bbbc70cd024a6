-- Grain: one row per number that a document states: whether the table reproduces it, explains it, or it is not of here.
with compared as (
    select
        total.*,
        cast(total.value as bigint) as stated,
        computed.numerator as computed,
        computed.unknown,
        computed.is_not_run,
        {{ starts_with("'" ~ var('county') ~ "'", 'total.area_prefix') }} as is_of_here
    from {{ ref('control_totals') }} as total
    left join {{ ref('int_indicators') }} as computed
        on total.indicator = computed.indicator and computed.area_code = '{{ var("county") }}'
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
    cast(computed as bigint) as computed,
    cast(computed - stated as bigint) as difference,
    case
        when indicator is null then 'not_applicable'
        when coalesce(is_not_run, true) then 'not_applicable'
        when computed = stated then 'reproduced'
        when is_of_here then 'explained'
        else 'not_applicable'
    end as state,
    case
        when indicator is null then '所需报表不在接收范围'
        when coalesce(is_not_run, true) then '所需报表从未收到'
        when computed = stated then null
        when is_of_here
            then
                '相差' || cast(computed - stated as varchar) || unit
                || case when unknown > 0 then ',其中不明' || cast(unknown as varchar) else '' end
                || ';逐条名单:onetable number ' || indicator || ' --rows'
        else '文件所述地区不是本县'
    end as explanation
from compared
