"""Keeping a home whole: backup, rebuild, fsck, retention, the server underneath."""
