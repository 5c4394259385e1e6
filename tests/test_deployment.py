"""The files that put the project into containers: valid, without secrets, closed to the network, true to the code."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from news_etl.settings import VARIABLES

ROOT = Path(__file__).resolve().parents[1]
COMPOSE = (ROOT / "docker-compose.yaml").read_text()
# As compose reads it: with the `<<` merges, which are shallow, carried out.
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE)["services"]
AIRFLOW_SERVICES = {"init", "api-server", "scheduler", "dag-processor", "triggerer"}
LONG_RUNNING = sorted(set(SERVICES) - {"init"})
SECRET_WORDS = re.compile(r"password(?!s_file)|secret|key|token", re.IGNORECASE)


def dockerfile() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile with their arguments, continued lines joined."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", "")
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in text.splitlines() if line)]


def variables_without_default() -> set[str]:
    return set(re.findall(r"\$\{(\w+):\?", COMPOSE))


def test_the_compose_file_follows_the_specification() -> None:
    command = [Path(sys.executable).with_name("check-jsonschema"), "--builtin-schema", "vendor.compose-spec"]
    subprocess.run([*command, ROOT / "docker-compose.yaml"], check=True)


def test_the_services_are_those_airflow_needs() -> None:
    assert set(SERVICES) == AIRFLOW_SERVICES | {"postgres"}


@pytest.mark.parametrize("service", SERVICES)
def test_secrets_come_from_outside_and_have_no_default(service: str) -> None:
    for name, value in SERVICES[service]["environment"].items():
        if SECRET_WORDS.search(name):
            assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", value), f"{service}: {name} must be ${{{name}:?…}}"
        # Nor may one hide within a URL.
        for user_and_password in re.findall(r"://([^/@]*)@", str(value)):
            assert re.fullmatch(r"\w+:\$\{\w+:\?[^}]+\}", user_and_password), f"{service}: {name}"


def test_the_example_names_every_variable_and_holds_no_value() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    required = {line.rstrip("=") for line in lines if line and not line.startswith("#")}
    optional = dict(line.removeprefix("# ").split("=", 1) for line in lines if re.match(r"# [A-Z_]+=", line))

    assert required == variables_without_default()
    assert optional == dict(re.findall(r"\$\{(\w+):-([^}]*)\}", COMPOSE))


def test_each_command_of_the_example_makes_a_value(tmp_path: Path) -> None:
    commands = re.findall(r'^# (python3 -c ".*?")', (ROOT / ".env.example").read_text(), flags=re.MULTILINE)
    assert len(commands) == len(variables_without_default())
    for command in commands:
        made = subprocess.run(command, shell=True, check=True, capture_output=True, text=True).stdout.strip()
        assert len(made) >= 16
        assert "${" not in made


def test_the_fernet_key_of_the_example_is_one() -> None:
    from cryptography.fernet import Fernet

    text = (ROOT / ".env.example").read_text()
    command = re.search(r"^# (python3 -c .*)\nAIRFLOW__CORE__FERNET_KEY=", text, flags=re.MULTILINE)
    assert command
    Fernet(subprocess.run(command[1], shell=True, check=True, capture_output=True).stdout.strip())


def test_only_the_api_server_is_reached_and_only_from_this_machine() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(ports) == {"api-server"}
    assert all(port.startswith("127.0.0.1:") for port in ports["api-server"])
    assert not any("network_mode" in service for service in SERVICES.values())


@pytest.mark.parametrize("service", LONG_RUNNING)
def test_what_runs_on_has_a_health_check_is_restarted_and_its_log_is_bounded(service: str) -> None:
    settings = SERVICES[service]
    assert {"test", "interval", "timeout", "retries", "start_period"} <= set(settings["healthcheck"])
    assert settings["restart"] == "unless-stopped"
    assert {"max-size", "max-file"} <= set(settings["logging"]["options"])


def test_what_runs_once_ends() -> None:
    assert SERVICES["init"]["restart"] == "no"
    assert "healthcheck" not in SERVICES["init"]


def test_each_service_waits_for_what_it_needs() -> None:
    for name, service in SERVICES.items():
        for needed, how in service.get("depends_on", {}).items():
            assert needed in SERVICES, f"{name} waits for {needed}, which does not exist"
            if how["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[needed]
            else:
                assert how["condition"] == "service_completed_successfully"
                assert SERVICES[needed]["restart"] == "no"
    for name in AIRFLOW_SERVICES - {"init"}:
        assert "init" in SERVICES[name]["depends_on"], f"{name} must not start before the tables are there"


def test_every_volume_is_declared_used_and_belongs_to_the_user_of_the_image() -> None:
    declared = set(yaml.safe_load(COMPOSE)["volumes"])
    mounts = [mount.split(":") for service in SERVICES.values() for mount in service["volumes"]]
    assert {name for name, _ in mounts} == declared

    made = next(rest for word, rest in dockerfile() if word == "RUN" and "install --directory" in rest)
    for name in AIRFLOW_SERVICES:
        for mount in SERVICES[name]["volumes"]:
            assert mount.split(":")[1] in made.split(), f"{mount} of {name} would belong to root"


@pytest.mark.parametrize("service", sorted(AIRFLOW_SERVICES - {"init"}))
def test_tasks_and_api_server_share_data_and_logs(service: str) -> None:
    assert {"data:/var/lib/news-etl", "logs:/opt/airflow/logs"} <= set(SERVICES[service]["volumes"])
    assert SERVICES[service]["environment"]["NEWS_ETL_DATA"] == "/var/lib/news-etl"


@pytest.mark.parametrize("service", sorted(AIRFLOW_SERVICES))
def test_all_of_airflow_runs_with_the_same_image_and_settings(service: str) -> None:
    for part in ("image", "build", "init", "security_opt", "logging"):
        assert SERVICES[service][part] == SERVICES["scheduler"][part], part
    assert SERVICES["scheduler"]["environment"].items() <= SERVICES[service]["environment"].items()


def test_every_variable_is_one_that_airflow_or_the_project_reads() -> None:
    from airflow.configuration import conf

    image = [
        assignment.partition("=")[0] for word, rest in dockerfile() if word == "ENV" for assignment in rest.split()
    ]
    names = {name for service in AIRFLOW_SERVICES for name in SERVICES[service]["environment"]} | set(image)
    for name in names - {"ADMIN_PASSWORD", "AIRFLOW_HOME", "GX_ANALYTICS_ENABLED"}:
        if name.startswith("AIRFLOW__"):
            _, section, key = name.lower().split("__")
            options = conf.configuration_description.get(section, {}).get("options", {})
            assert key in options, f"{name}: Airflow has no option [{section}] {key}"
        else:
            assert name in VARIABLES, f"{name}: settings.py does not read it"


def test_the_forkserver_imports_modules_that_exist() -> None:
    preload = SERVICES["scheduler"]["environment"]["AIRFLOW__CORE__MP_FORKSERVER_PRELOAD"]
    code = "\n".join(f"import {module}" for module in preload.split(","))
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "GX_ANALYTICS_ENABLED": "false"})


def test_the_image_runs_without_root_on_the_locked_requirements() -> None:
    instructions = dockerfile()
    assert [rest for word, rest in instructions if word == "USER"][-1] == "airflow"
    assert instructions[0] == ("ARG", "BASE=apache/airflow:slim-3.3.2-python3.12")

    installs = [rest for word, rest in instructions if word == "RUN" and "pip install" in rest]
    assert len(installs) == 2
    assert "--require-hashes" in installs[0]
    assert "-r requirements.txt" in installs[0]
    assert "--no-deps" in installs[1]
    assert "--no-build-isolation" in installs[1], "setuptools comes from the lock as well"


def test_the_lock_has_the_airflow_of_the_image_and_the_builder_of_the_package() -> None:
    lock = (ROOT / "requirements.txt").read_text()
    assert re.search(r"^apache-airflow==3\.3\.2 ", lock, flags=re.MULTILINE)
    assert re.search(r"^setuptools==", lock, flags=re.MULTILINE)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_the_lock_is_complete_and_names_no_machine(name: str) -> None:
    lock = (ROOT / name).read_text()
    entries = re.split(r"\n(?=[a-z0-9])", lock, flags=re.IGNORECASE)[1:]
    assert len(entries) > 200
    without_hash = [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry]
    assert without_hash == []
    for foreign in ("--index-url", "--find-links", "file:", "/root", "/home", "/tmp"):
        assert foreign not in lock


def test_what_is_copied_exists_and_reaches_the_builder() -> None:
    admitted = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for word, rest in dockerfile():
        if word == "COPY":
            *sources, _ = [part for part in rest.split() if not part.startswith("--")]
            for source in sources:
                path = source.removeprefix("./")
                assert (ROOT / path).exists(), f"{path} does not exist"
                assert path in admitted, f".dockerignore keeps {path} from the builder"
    assert ".env" not in admitted


def test_the_container_health_check_tells_well_from_ill(tmp_path: Path) -> None:
    report = tmp_path / "api" / "v2" / "monitor"
    report.mkdir(parents=True)
    (report / "health").write_text('{"scheduler": {"status": "healthy"}, "triggerer": {"status": "unhealthy"}}')
    server = subprocess.Popen(
        [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", tmp_path],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout
        port = re.search(r"port (\d+)", server.stdout.readline())
        assert port

        def check(component: str) -> "subprocess.CompletedProcess[str]":
            url = f"http://127.0.0.1:{port[1]}/execution/"
            return subprocess.run(
                [sys.executable, ROOT / "scripts" / "container_health.py", component],
                env={"PATH": os.environ["PATH"], "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": url},
                capture_output=True,
                text=True,
                check=False,
            )

        assert check("scheduler").returncode == 0
        ill = check("triggerer")
        assert (ill.returncode, ill.stderr.strip()) == (1, "triggerer is unhealthy")
        assert check("dag_processor").returncode == 1
    finally:
        server.kill()
        server.communicate()
    assert check("scheduler").returncode == 1, "nobody answers"


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a clone")
def test_no_filled_in_environment_file_is_in_the_repository() -> None:
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    assert [name for name in files if Path(name).name == ".env"] == []
    assert subprocess.run(["git", "check-ignore", "-q", ".env"], cwd=ROOT, check=False).returncode == 0
