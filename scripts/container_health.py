"""Whether a component is well, by the report of the API server: the health check of the containers.

    python scripts/container_health.py scheduler

Asks over the network what Airflow already knows; `airflow jobs check` would start all of Airflow every half minute.
"""

import json
import os
import sys
import urllib.parse
import urllib.request


def main(component: str) -> str | None:
    """Return what is wrong, None when nothing is."""
    execution_api = os.environ["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"]
    url = urllib.parse.urljoin(execution_api, "/api/v2/monitor/health")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=10) as answer:
            state = json.load(answer)[component]["status"]
    except (OSError, ValueError, KeyError) as error:
        return f"{url}: {error!r}"
    return None if state == "healthy" else f"{component} is {state}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
