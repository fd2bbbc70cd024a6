-- Grain: one row per registered rule that cannot run, with the feeds that it lacks.
{{ missing_feeds(ref('rules'), 'rule_id') }}
