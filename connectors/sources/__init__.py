"""Pull sources: fetch what a department's own system offers and lay it into its drop folder.

Data in: ``<home>/connections.toml`` and the logins that its connections name. Data out: files in
``ingest/<sector>/<entity>/`` that are taken in exactly as a dropped file is, and what was fetched so far in
``state/sources/``. Not here: reading the files (connectors/intake/), the order and the clock
(pipeline/receiving/pull.py).
"""
