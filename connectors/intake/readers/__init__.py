"""Bytes to text cells: one reader a container, chosen by content."""
