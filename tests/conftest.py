"""What every test gets: Airflow keeps its state in a folder that is thrown away, not in the home of who runs it."""

from __future__ import annotations

import os
import tempfile

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="onetable-airflow-"))
