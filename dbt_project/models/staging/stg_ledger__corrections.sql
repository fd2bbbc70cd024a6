-- Grain: one row per difference whose right value is known and that a department was told of before as_of.
with batches as (
    select
        batch_seq,
        withdraws
    from {{ source('ledger', 'batches') }}
    where as_of < {{ as_of() }}
),

live as (
    select batches.batch_seq
    from batches
    left join batches as rollback
        on {{ array_has('rollback.withdraws', 'batches.batch_seq') }}
    where rollback.batch_seq is null
),

events as (
    select event.*
    from {{ source('ledger', 'events') }} as event
    inner join live
        on event.batch_seq = live.batch_seq
    where event.issue_id is not null
),

marks as (
    select
        issue_id,
        max(case when kind = 'found' then event_seq end) as found_seq,
        max(case when kind in ('found', 'changed', 'seen') then event_seq end) as fact_seq,
        max(case when kind = 'changed' then event_seq end) as changed_seq,
        max(case when kind in ('found', 'signed') and due_on is not null then event_seq end) as due_seq,
        max(case when kind = 'replied' then event_seq end) as replied_seq,
        max(case when kind in ('transferred', 'refused', 'owner_decided') then event_seq end) as moved_seq,
        min(case when kind = 'pushed' then on_date end) as pushed_on,
        max(case when kind = 'cleared' then on_date end) as applied_on
    from events
    group by issue_id
),

told as (
    select
        marks.issue_id,
        found.sector,
        fact.rule_id,
        fact.detail,
        authority.attribute,
        fact.subject_type,
        fact.subject_key,
        fact.subject_label,
        fact.area_code,
        fact.evidence,
        fact.counter_evidence,
        found.on_date as found_on,
        due.due_on,
        marks.pushed_on,
        case when replied.event_seq > coalesce(marks.changed_seq, 0) then replied.on_date end as acknowledged_on,
        case when replied.event_seq > coalesce(marks.changed_seq, 0) then replied.result end as acknowledged_as,
        marks.applied_on
    from marks
    inner join events as found
        on marks.found_seq = found.event_seq
    inner join events as fact
        on marks.fact_seq = fact.event_seq
    inner join {{ ref('attribute_authorities') }} as authority
        on
            fact.rule_id = authority.rule_id
            and (
                coalesce(fact.detail, '') = coalesce(authority.detail, '')
                or fact.detail like '%.' || authority.detail
            )
    left join events as due
        on marks.due_seq = due.event_seq
    left join events as replied
        on marks.replied_seq = replied.event_seq
    where fact.verdict = 'fail' and marks.pushed_on is not null and marks.moved_seq is null
),

ordered as (
    select
        *,
        row_number() over (
            partition by sector, coalesce(evidence, issue_id), attribute, applied_on is null
            order by rule_id asc, issue_id asc
        ) as preference
    from told
)

select
    issue_id,
    sector,
    rule_id,
    detail,
    attribute,
    subject_type,
    subject_key,
    subject_label,
    area_code,
    evidence,
    counter_evidence,
    found_on,
    due_on,
    pushed_on,
    acknowledged_on,
    acknowledged_as,
    applied_on
from ordered
where preference = 1
