-- Grain: one row per row identity and subject, as the register knows it now, about whom a decision is in force.
with named as (
    select
        decided.*,
        coalesce(person.person_uid, decided.target_key) as known_as
    from {{ ref('stg_meta__identity_decisions') }} as decided
    left join {{ ref('int_register_keys') }} as person
        on decided.target_key = person.register_key
),

ordered as (
    select
        *,
        row_number() over (
            partition by subject_key, subject_name, known_as
            order by seq desc, decision_id desc
        ) as recency
    from named
)

select
    decision_id,
    kind,
    subject_key,
    subject_name,
    known_as as target_key,
    feed,
    officer,
    decided_on,
    is_link,
    row_number() over (
        partition by subject_key, subject_name, is_link
        order by seq desc, decision_id desc
    ) as preference
from ordered
where recency = 1
