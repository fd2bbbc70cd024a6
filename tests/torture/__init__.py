"""Torture: the promises of the product under kills, faults, damage, races, hostile files and its own broken lines.

Run: ``python -m tests.torture [--sample] [--only CLASS …] [--seed N]``; ``--sample`` is CI's share.
Data in: a seed. Data out: a table, one line per class: tried, survived, lost, duplicated, torn, leaked; exit code 1 if
any but the first two is not zero, or if not everything that was tried survived.
"""
