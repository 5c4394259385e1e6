"""Imports the heavy libraries once, in the process from which Airflow forks its tasks.

Named by `[core] mp_forkserver_preload`; a task then starts in half a second instead of four. Never imported by a DAG.
"""

import duckdb  # noqa: F401
import great_expectations  # noqa: F401
import pandas  # noqa: F401
import pyarrow.parquet  # noqa: F401
import spacy  # noqa: F401
import trafilatura  # noqa: F401
