"""Torture: the promises of the product under kills, faults, damage, races, hostile files and its own broken lines.

Run: ``python -m tests.torture [--sample] [--only CLASS …] [--jobs N] [--seed N]``; ``--sample`` is CI's share.
Data in: a seed. Data out: a table, one line per class: tried, survived, lost, duplicated, torn, leaked; exit code 1 if
any but the first two is not zero, if not everything that was tried survived, or if parts are missing. Parts that are
done are kept in ``build/torture.jsonl``: the same command goes on where it was stopped, ``--show`` prints the table.
"""
