-- Grain: one row per issue on the day getvariable('as_of'), folded from live_events and live_batches.
-- The state of an issue is decided here and nowhere else. live_*: what was added up to a batch and not withdrawn.
with marks as (
    select
        issue_id,
        max(event_seq) filter (where kind = 'found') as found_seq,
        max(event_seq) filter (where kind in ('found', 'changed', 'seen')) as fact_seq,
        max(event_seq) filter (where kind = 'changed') as changed_seq,
        max(event_seq) filter (where kind = 'cleared') as cleared_seq,
        max(event_seq) filter (where kind in ('found', 'transferred', 'refused', 'owner_decided')) as owner_seq,
        max(event_seq) filter (where kind in ('transferred', 'refused', 'owner_decided')) as moved_seq,
        max(event_seq) filter (
            where kind in ('pushed', 'replied', 'returned', 'signed', 'transferred', 'refused', 'owner_decided')
        ) as action_seq,
        max(event_seq) filter (where kind = 'pushed') as pushed_seq,
        min(event_seq) filter (where kind = 'pushed') as first_pushed_seq,
        max(event_seq) filter (where kind = 'replied') as replied_seq,
        max(event_seq) filter (where kind = 'replied' and progress is not null) as progress_seq,
        max(event_seq) filter (where kind = 'replied' and result in ('explained', 'no_fault')) as explained_seq,
        max(event_seq) filter (where kind = 'returned') as returned_seq,
        max(event_seq) filter (where kind = 'signed') as signed_seq,
        max(event_seq) filter (where kind in ('found', 'signed') and due_on is not null) as due_seq,
        max(event_seq) filter (where kind in ('waived', 'waiver_ended')) as waiver_seq,
        count(*) filter (where kind = 'transferred') as transfer_count,
        coalesce(bool_or(kind = 'owner_decided'), false) as is_owner_decided
    from live_events
    where issue_id is not null
    group by issue_id
    having max(event_seq) filter (where kind = 'found') is not null
),

rule_nights as (
    select
        rules.rule_id,
        max(batches.as_of) as last_run_on
    from (select distinct rule_id from live_events where kind = 'found') as rules
    inner join live_batches as batches
        on batches.kind = 'night' and not list_contains(batches.rules_not_run, rules.rule_id)
    group by rules.rule_id
),

baseline as (
    select
        baseline_id,
        batch_seq
    from live_batches
    where baseline_id is not null
    order by batch_seq desc
    limit 1
),

joined as (
    select
        marks.*,
        found.case_id,
        found.round,
        found.batch_seq as opened_batch,
        found.on_date as found_on,
        found.sector as found_owner,
        found.stage_id,
        found.until as reply_by,
        found.note as reopened_from,
        fact.rule_id,
        fact.detail,
        fact.title,
        fact.category,
        fact.verdict,
        fact.subject_type,
        fact.subject_key,
        fact.subject_label,
        fact.area_code,
        fact.severity,
        fact.expected,
        fact.actual,
        fact.difference,
        fact.value_class,
        fact.evidence,
        fact.counter_evidence,
        case when owner.kind in ('transferred', 'owner_decided') then owner.after
            when owner.kind = 'refused' then 'registry' else owner.sector end as owner,
        coalesce(owner.kind = 'refused', false) as is_undecided,
        action.kind as action,
        cleared.on_date as cleared_on,
        cleared.batch_seq as cleared_batch,
        cleared.until as cleared_seen_on,
        due.due_on,
        pushed.on_date as pushed_on,
        pushed.token,
        pushed.sector as pushed_to,
        pushed.note as push_note,
        pushed.after as push_id,
        first_pushed.on_date as first_pushed_on,
        replied.on_date as replied_on,
        replied.result,
        replied.who as handler,
        replied.signer,
        replied.sector as replied_by,
        replied.source as reply_source,
        progressed.progress,
        explained.on_date as explained_on,
        returned.on_date as returned_on,
        returned.note as returned_why,
        signed.on_date as reviewed_on,
        signed.who as reviewed_by,
        case when waiver.kind = 'waived' then waiver.until end as waived_until
    from marks
    inner join live_events as found on marks.found_seq = found.event_seq
    inner join live_events as fact on marks.fact_seq = fact.event_seq
    inner join live_events as owner on marks.owner_seq = owner.event_seq
    left join live_events as action on marks.action_seq = action.event_seq
    left join live_events as cleared on marks.cleared_seq = cleared.event_seq
    left join live_events as due on marks.due_seq = due.event_seq
    left join live_events as pushed on marks.pushed_seq = pushed.event_seq
    left join live_events as first_pushed on marks.first_pushed_seq = first_pushed.event_seq
    left join live_events as replied on marks.replied_seq = replied.event_seq
    left join live_events as progressed on marks.progress_seq = progressed.event_seq
    left join live_events as explained on marks.explained_seq = explained.event_seq
    left join live_events as returned on marks.returned_seq = returned.event_seq
    left join live_events as signed on marks.signed_seq = signed.event_seq
    left join live_events as waiver on marks.waiver_seq = waiver.event_seq
),

places as (
    select
        place.owner,
        place.area_code,
        max_by(assigned.after, (length(coalesce(assigned.area_code, '')), assigned.event_seq)) as person
    from (select distinct owner, area_code from joined) as place
    inner join live_events as assigned
        on assigned.kind = 'assigned' and assigned.sector = place.owner
        and starts_with(coalesce(place.area_code, ''), coalesce(assigned.area_code, ''))
    group by place.owner, place.area_code
),

stated as (
    select
        joined.*,
        coalesce(places.person, case when joined.replied_by = joined.owner then joined.handler end) as owner_person,
        coalesce(joined.cleared_seen_on, greatest(joined.found_on, rule_nights.last_run_on)) as last_seen_on,
        case
            when joined.cleared_seq is not null then 'cleared'
            when joined.waived_until >= getvariable('as_of') then 'waived'
            when joined.action in ('pushed', 'returned') then 'pushed'
            when joined.action = 'replied' then 'replied'
            when joined.action = 'signed' then 'verified'
            else 'found'
        end as state,
        case
            when baseline.batch_seq is null then null
            when joined.opened_batch > baseline.batch_seq then 'new'
            when joined.cleared_batch is null then 'still_open'
            when joined.cleared_batch > baseline.batch_seq then 'fixed'
        end as baseline_status,
        baseline.baseline_id
    from joined
    left join rule_nights on joined.rule_id = rule_nights.rule_id
    left join places on joined.owner = places.owner and joined.area_code is not distinct from places.area_code
    left join baseline on true
),

timed as (
    select
        *,
        state not in ('cleared', 'waived') and due_on < getvariable('as_of') as is_past_due,
        state = 'pushed' and returned_seq > coalesce(greatest(replied_seq, moved_seq), 0) as is_returned,
        date_diff('day', found_on, getvariable('as_of')) / nullif(date_diff('day', found_on, due_on), 0) as elapsed
    from stated
)

select
    issue_id,
    case_id,
    round,
    reopened_from,
    rule_id,
    detail,
    title,
    category,
    verdict,
    subject_type,
    subject_key,
    subject_label,
    area_code,
    severity,
    expected,
    actual,
    difference,
    value_class,
    evidence,
    counter_evidence,
    found_owner,
    owner,
    owner_person,
    is_undecided,
    is_owner_decided,
    transfer_count,
    found_on,
    last_seen_on,
    stage_id,
    reply_by,
    due_on,
    state,
    state <> 'cleared' as is_open,
    coalesce(is_past_due, false) as is_overdue,
    coalesce(state not in ('cleared', 'waived') and replied_seq is null and reply_by < getvariable('as_of'), false)
        as is_reply_late,
    coalesce(
        state not in ('cleared', 'waived') and not is_past_due
        and coalesce(progress, 0) < elapsed - getvariable('slow_margin'), false
    ) as is_slow,
    result,
    progress,
    handler,
    signer,
    replied_on,
    reply_source,
    explained_on,
    case when is_returned then returned_why end as returned_why,
    case when is_returned then returned_on end as returned_on,
    case when signed_seq > coalesce(explained_seq, 0) then reviewed_on end as reviewed_on,
    case when signed_seq > coalesce(explained_seq, 0) then reviewed_by end as reviewed_by,
    first_pushed_on,
    pushed_on,
    push_id,
    push_note,
    pushed_to,
    token,
    -- What was answered since it was moved or returned is not asked again: the push would undo the answer.
    pushed_seq is null
    or coalesce(greatest(moved_seq, returned_seq) > greatest(pushed_seq, replied_seq), false) as is_to_push,
    cleared_on,
    waived_until,
    baseline_id,
    baseline_status,
    opened_batch,
    cleared_batch,
    replied_seq,
    changed_seq,
    date_diff('day', found_on, coalesce(cleared_on, getvariable('as_of'))) as days_open
from timed
