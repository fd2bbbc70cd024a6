-- Grain: one row per member of a register household in force on as_of.
{{ current_rows('registry', 'persons') }}

select
    {{ row_columns() }},
    hh_no,
    name,
    name_norm,
    person_key,
    id_key,
    id_masked,
    id_status,
    id_sex,
    sex,
    relation,
    codes,
    in_school,
    health,
    labour,
    {{ date_of('id_birth_date') }} as id_birth_date,
    {{ date_of('birth') }} as birth,
    {{ yes_no('ins_basic') }} as ins_basic,
    {{ yes_no('ins_serious') }} as ins_serious,
    {{ date_of('identified_on') }} as identified_on
from current_rows
