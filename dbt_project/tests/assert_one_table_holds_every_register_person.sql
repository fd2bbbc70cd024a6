-- One table: as many rows as the register has distinct persons, no more and no fewer.
with listed as (
    select count(distinct person_uid) as persons
    from {{ ref('int_register_person_rows') }}
),

published as (
    select count(*) as persons
    from {{ ref('one_table_person') }}
)

select
    listed.persons as listed_persons,
    published.persons as published_persons
from listed
cross join published
where listed.persons <> published.persons
