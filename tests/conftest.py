"""What every test gets: Airflow keeps its state in a folder that is thrown away, not in the home of who runs it."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

if "AIRFLOW_HOME" not in os.environ:
    # Made once: workers of a parallel run inherit the variable from the process that started them.
    os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="onetable-airflow-")
    atexit.register(shutil.rmtree, os.environ["AIRFLOW_HOME"], ignore_errors=True)
