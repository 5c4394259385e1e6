# Airflow with the project in it. Built by docker-compose.yaml; `BASE` may be any image with that Airflow's Python,
# its environment writable by a user `airflow`.
ARG BASE=apache/airflow:slim-3.3.2-python3.12
FROM ${BASE}

USER root
# Made here so that a new volume mounted on one of them belongs to the user who writes to it.
RUN install --directory --owner=airflow --group=0 /opt/news-etl /opt/airflow/auth /opt/airflow/logs /var/lib/news-etl

USER airflow
WORKDIR /opt/news-etl
COPY --chown=airflow:0 requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt

COPY --chown=airflow:0 pyproject.toml README.md LICENSE ./
COPY --chown=airflow:0 include ./include
# Editable, so that the paths in sources.yaml start here, as they do on a developer's machine.
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable .
COPY --chown=airflow:0 dags ./dags
COPY --chown=airflow:0 plugins ./plugins
COPY --chown=airflow:0 scripts/container_health.py ./scripts/

ENV AIRFLOW_HOME=/opt/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/news-etl/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/news-etl/plugins \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    AIRFLOW__LOGGING__BASE_LOG_FOLDER=/opt/airflow/logs \
    NEWS_ETL_DATA=/var/lib/news-etl \
    GX_ANALYTICS_ENABLED=false
