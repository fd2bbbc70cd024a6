"""Ages that rules and lists turn on.

Data in: nothing. Data out: full years.
Not here: who is how old (register.py).
"""

from __future__ import annotations

ADULT, OLD, COMPULSORY_LOW, COMPULSORY_HIGH = 18, 60, 6, 15
