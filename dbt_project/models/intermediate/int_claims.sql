-- Grain: one row per inpatient settlement of a register person that has not been reversed.
with delivered as (
    select
        *,
        {{ evidence('claim_row') }} as evidence,
        row_number() over (partition by row_key order by position desc, sheet asc, row_no desc) as recency
    from {{ ref('int_claim_rows') }} as claim_row
    where person_uid is not null
),

settlements as (
    select *
    from delivered
    where recency = 1
),

reversed_numbers as (
    select distinct settle_id
    from settlements
    where reversal = 'reversal' and settle_id is not null
),

originals as (
    select
        settlement.*,
        reversed_numbers.settle_id is not null as is_reversed_by_number,
        row_number() over (
            partition by
                settlement.person_uid, settlement.hospital, settlement.admitted_on, settlement.discharge_on,
                settlement.total
            order by
                case
                    when reversed_numbers.settle_id is not null then 2
                    when settlement.reversal = 'reversed' then 0
                    else 1
                end asc,
                settlement.row_key asc
        ) as place_in_line
    from settlements as settlement
    left join reversed_numbers
        on settlement.settle_id = reversed_numbers.settle_id
    where coalesce(settlement.reversal, 'none') <> 'reversal'
),

-- a reversal whose number no settlement has voids the one of the same stay and opposite total
reversals_by_stay as (
    select
        settlement.person_uid,
        settlement.hospital,
        settlement.admitted_on,
        settlement.discharge_on,
        abs(settlement.total) as total,
        count(*) as reversal_count
    from settlements as settlement
    left join originals
        on settlement.settle_id = originals.settle_id
    where settlement.reversal = 'reversal' and originals.settle_id is null
    group by
        settlement.person_uid, settlement.hospital, settlement.admitted_on, settlement.discharge_on,
        abs(settlement.total)
),

in_force as (
    select
        originals.*,
        coalesce(originals.place = 'local', originals.in_county) as is_in_county,
        case
            when
                coalesce(
                    originals.paid_basic, originals.paid_serious, originals.paid_special, originals.paid_aid,
                    originals.paid_hospital, originals.paid_fiscal
                ) is not null
                then
                    coalesce(originals.paid_basic, 0)
                    + coalesce(originals.paid_serious, 0)
                    + coalesce(originals.paid_special, 0)
                    + coalesce(originals.paid_aid, 0)
                    + coalesce(originals.paid_hospital, 0)
                    + coalesce(originals.paid_fiscal, 0)
        end as layers_paid,
        case when originals.paid_basic is null then 1 else 0 end
        + case when originals.paid_serious is null then 1 else 0 end
        + case when originals.paid_special is null then 1 else 0 end
        + case when originals.paid_aid is null then 1 else 0 end
        + case when originals.paid_hospital is null then 1 else 0 end
        + case when originals.paid_fiscal is null then 1 else 0 end
            as layers_unreported
    from originals
    left join reversals_by_stay
        on
            originals.person_uid = reversals_by_stay.person_uid
            and originals.hospital = reversals_by_stay.hospital
            and originals.admitted_on = reversals_by_stay.admitted_on
            and originals.discharge_on = reversals_by_stay.discharge_on
            and originals.total = reversals_by_stay.total
    where
        not originals.is_reversed_by_number
        and coalesce(originals.reversal, 'none') <> 'reversed'
        and originals.place_in_line > coalesce(reversals_by_stay.reversal_count, 0)
),

summed as (
    select
        *,
        sum(layers_paid) over (partition by person_uid, is_in_county, {{ year_of('discharge_on') }}) as year_paid,
        sum(total) over (partition by person_uid, is_in_county, {{ year_of('discharge_on') }}) as year_total,
        sum(in_scope) over (partition by person_uid, is_in_county, {{ year_of('discharge_on') }}) as year_in_scope
    from in_force
)

select
    summed.row_key,
    summed.settle_id,
    summed.person_uid,
    person.name,
    person.hh_no,
    person.area_code,
    person.reg_evidence,
    summed.evidence,
    summed.hospital,
    summed.diagnosis,
    summed.is_in_county,
    summed.referred,
    summed.designated,
    summed.one_stop,
    summed.admitted_on,
    summed.discharge_on,
    summed.settled_on,
    summed.total,
    summed.in_scope,
    summed.paid_basic,
    summed.paid_serious,
    summed.paid_special,
    summed.paid_aid,
    summed.paid_hospital,
    summed.paid_fiscal,
    summed.layers_paid,
    summed.layers_unreported,
    summed.year_paid,
    summed.year_total,
    summed.year_in_scope,
    summed.deposit,
    {{ list_has('summed.codes', "'W_SUM_MISMATCH'") }} as has_sum_mismatch,
    '按总费用' || coalesce(cast({{ ratio('summed.layers_paid', 'summed.total') }} as varchar), '不明')
    || ',按范围内费用' || coalesce(cast({{ ratio('summed.layers_paid', 'summed.in_scope') }} as varchar), '不明')
    || ',本人全年按总费用' || coalesce(cast({{ ratio('summed.year_paid', 'summed.year_total') }} as varchar), '不明')
        as ratios
from summed
inner join {{ ref('int_persons') }} as person
    on summed.person_uid = person.person_uid
