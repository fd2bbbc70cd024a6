-- Conservation: a row in force is about one register person, or about none; never lost and never counted twice.
-- Rows about which an officer has decided, and ids under which a list names many people, are left out: there the id
-- does not say whose the row is.
{%- set feeds = [
    ('stg_medical__enrolments', 'int_medical_rows', 'sector_row.ins_year = cast(' ~ year_of(as_of()) ~ ' as varchar)'),
    ('stg_education__enrolments', 'int_education_rows', 'true'),
    ('stg_civil_affairs__dibao', 'int_dibao_rows', 'true'),
] %}
with counted as (
    {%- for staged, linked, condition in feeds %}
    select
        '{{ staged }}' as feed,
        (
            select count(*)
            from {{ ref(staged) }} as sector_row
            where {{ condition }} and sector_row.person_key in (
                select person.register_key
                from {{ ref('int_register_keys') }} as person
            )
            and not exists (
                select 1
                from {{ ref('int_identity_decisions') }} as decided
                where
                    decided.subject_key = coalesce(sector_row.id_key, 'R' || sector_row.row_key)
                    and decided.subject_name = coalesce(sector_row.name_norm, '')
                    and (
                        decided.is_link
                        or exists (
                            select 1
                            from {{ ref('int_register_keys') }} as own
                            where
                                own.register_key = sector_row.person_key
                                and own.person_uid = decided.target_key
                        )
                    )
            )
            and sector_row.person_key not in (
                select filled_in.person_key
                from {{ ref(staged) }} as filled_in
                where filled_in.person_key is not null and {{ condition | replace('sector_row', 'filled_in') }}
                group by filled_in.person_key
                having
                    count(distinct filled_in.name_norm)
                    >= {{ policy('repeated_id_names', "'" ~ var('county') ~ "'") }}
            )
        ) as rows_of_register_persons,
        (
            select count(*)
            from {{ ref(linked) }}
            where person_uid is not null and tier = 'person_key'
        ) as rows_linked
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
)

select
    feed,
    rows_of_register_persons,
    rows_linked
from counted
where rows_of_register_persons <> rows_linked
