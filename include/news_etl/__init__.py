"""News ETL: from landed documents to validated, partitioned Parquet.

The verbs are modules and follow one another: collect, extract, clean, dedupe, enrich, validate, publish.
The package knows nothing of Airflow: the DAGs call it, and so does the command line `news-etl`.
"""
