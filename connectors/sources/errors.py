"""What can go wrong while pulling, grouped by who mends it.

Messages name the source, the place and what to do, in Chinese and English. They never carry a value, a query or a
login: a driver's own text is dropped for that reason.
"""

from __future__ import annotations


class FeedUnavailableError(Exception):
    """The other side does not answer as it should just now; nothing was delivered, the next pull tries again."""


class ConfigurationError(Exception):
    """A setting, a login or a host key is wrong; trying again does not help, the operator mends it."""
