"""The documentation site: portal, catalogue, gates, identities."""
