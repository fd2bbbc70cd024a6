-- Grain: one row per register person; the same identity twice counts once, by lowest household number, then row key.
with ordered as (
    select
        *,
        row_number() over (
            partition by person_uid
            order by
                case when person_key = person_uid then 0 else 1 end asc,
                hh_no asc,
                row_key asc,
                reg_evidence asc
        ) as preference,
        count(*) over (partition by person_uid) as row_count
    from {{ ref('int_register_person_rows') }}
)

select
    person_uid,
    person_key,
    household_key,
    hh_no,
    area_code,
    name,
    name_norm,
    id_masked,
    id_status,
    sex,
    birth_date,
    relation,
    in_school,
    health,
    identified_on,
    ins_basic,
    is_stale,
    row_count,
    reg_evidence
from ordered
where preference = 1
