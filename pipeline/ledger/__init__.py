"""The loop 核实 → 纠错 → 完善 → 推送: every difference is one issue with an owner and a date until it is cleared.

**Events.** ``ledger.events`` holds what happened, ``ledger.batches`` one row per transaction. Both are only
added to. A batch's hash covers its events and the hash of the batch before. A night writes set differences,
never copies: ``found``, ``changed`` (other values), ``seen`` (a newer delivery shows the same), ``cleared``,
``pushed``, ``replied``, ``returned``, ``transferred``, ``refused``, ``reminded``, ``overdue_noticed``,
``slow_asked``; officers write ``signed``, ``returned``, ``waived``, ``waiver_ended``, ``owner_decided``,
``assigned``. A baseline and a rollback are batches of their own.

**Identity.** A case is (rule, detail, subject); its id is the rule and 16 digits of the case's hash, ``-2`` and
so on for each time it comes back. The subject of a row is its key, not its place in a file, which changes with
every delivery.

**State.** ``state.sql`` folds the events up to a batch into one row per issue for a day; nothing else decides a
state. The night keeps the hash of its state, so that a recomputation of any past night can be held against what
was published.

**A night** (:mod:`pipeline.ledger.night`) is one transaction: replies are taken, what they ask for follows
(transfer, return), tonight's mismatches are compared with the open issues, claims that newer data contradict go
back, the due push and notices are noted. A run that has its batch is not done again; a day before the last
night adds nothing. Workbooks are written afterwards from the state, as often as needed. A rollback withdraws
the batches of the nights after the publication that is put back; officers' decisions stay, replies are taken
again by the next night.

**Closing.** An issue is cleared when its rule ran and no longer finds it, and by nothing else. A claimed fix
goes back (``contradicted``) when a later full delivery of the owner that covers the area, or the row itself in
a later delivery, still shows it. An explanation, or 数据无误, needs a second officer of the poverty office; it is
then 已说明未销号 and stays overdue after its date, unless ``explained_extends`` is ``new_due`` (Q04). A difference
whose values change after a reply is pushed again. The second department may refuse a transfer once, then the
poverty office decides.

**Corrections** (R005). Whose value of an attribute is right stands in the seed ``attribute_authorities``; an issue of
such an attribute is a correction too: told with before and after, confirmed by any answer after its last change,
applied when the data no longer differ. What officers decide asks the standing service for a night (pipeline/wake.py);
their files of evidence lie in the vault of originals.

**Publication.** The ledger's tables lie beside the one table (``published/issues``), with a hash of their own:
the one table of a day depends on the deliveries alone, the ledger on the nights before as well.
Not here: which differences there are (dbt rules) and what a workbook looks like (connectors/outbox).
"""
