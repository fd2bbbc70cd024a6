"""Named points at which a test can kill the process, to prove that a rerun completes.

Data in: the environment variable ``ONETABLE_FAULT`` (``name`` or ``name:3`` for the third time it is reached).
Data out: nothing; the process dies by SIGKILL at the named point, and nothing at all happens without the variable.
Not here: exceptions, disk errors, or any other behaviour that the product itself would have to handle.
"""

from __future__ import annotations

import os
import signal

_POINT, _, _COUNT = os.environ.get("ONETABLE_FAULT", "").partition(":")
_passes_left = [int(_COUNT or 1)]


def fault(point: str) -> None:
    """Die here if this is the point that the environment names."""
    if not _POINT or point != _POINT:
        return
    _passes_left[0] -= 1
    if _passes_left[0] <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
