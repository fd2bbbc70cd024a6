-- Grain: one row per register person who draws the subsistence allowance in the current month.
select
    person_uid,
    max(case when is_rural then 1 else 0 end) = 1 as is_rural,
    min({{ evidence('dibao') }}) as evidence,
    min(case when is_rural then {{ evidence('dibao') }} end) as rural_evidence
from {{ ref('int_dibao_rows') }} as dibao
where person_uid is not null and is_in_force
group by person_uid
