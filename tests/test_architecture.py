"""The seams: who may know of Airflow, the environment, the network and the disk; read from the files themselves."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import news_etl

PACKAGE = Path(news_etl.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
DAGS = Path(__file__).resolve().parents[1] / "dags"
HEAVY = ("pandas", "spacy", "pyarrow", "great_expectations", "duckdb", "trafilatura", "lxml", "numpy")


def name(file: Path) -> str:
    return file.relative_to(PACKAGE).as_posix()


def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def imported(file: Path) -> set[str]:
    """The modules that a file imports, also within functions."""
    found = set()
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def roots(file: Path) -> set[str]:
    return {module.partition(".")[0] for module in imported(file)}


def calls(file: Path) -> Iterator[tuple[str, ast.Call]]:
    """The name of every function or method that is called."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node.func.attr, node
            elif isinstance(node.func, ast.Name):
                yield node.func.id, node


def python(code: str, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


# ---- the package


@pytest.mark.parametrize("file", MODULES, ids=name)
def test_no_module_names_airflow(file):
    assert "airflow" not in roots(file)


def test_every_module_can_be_imported_where_airflow_is_not_installed():
    code = """
import importlib, pkgutil, sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "airflow":
            raise ModuleNotFoundError(f"{name} is not installed here")

sys.meta_path.insert(0, Refuse())
import news_etl
names = [module.name for module in pkgutil.walk_packages(news_etl.__path__, "news_etl.")]
for name in names:
    importlib.import_module(name)
print(len(names), any(name.partition(".")[0] == "airflow" for name in sys.modules))
"""
    count, with_airflow = python(code).split()
    assert with_airflow == "False"
    assert int(count) >= len([file for file in MODULES if file.name != "__init__.py"])


def test_settings_alone_read_the_environment():
    """`validate/audit.py` sets a variable that Great Expectations reads when it is imported; it reads none."""
    users = {name(file) for file in MODULES if any(module in ("os.environ", "os.getenv") for module in imported(file))}
    for file in MODULES:
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "environb"):
                users.add(name(file))
    assert users == {"settings.py", "validate/audit.py"}
    audit = (PACKAGE / "validate" / "audit.py").read_text(encoding="utf-8")
    assert audit.count("environ") == audit.count("os.environ.setdefault(") == 1


NETWORK = {"socket", "requests", "httpx", "httpcore", "aiohttp", "urllib3", "ftplib", "smtplib", "pycurl"}


def test_the_fetcher_alone_reaches_for_the_network():
    """Within it one module looks names up, and one speaks to servers."""
    within = ("urllib.request", "http.client")
    users = {
        name(file)
        for file in MODULES
        if roots(file) & NETWORK or any(module.startswith(within) for module in imported(file))
    }
    assert users == {"fetch/addresses.py", "fetch/wire.py"}
    forbidden = {"fetch_url", "fetch_response", "urlopen"}
    assert not {name(file) for file in MODULES for function, _ in calls(file) if function in forbidden}


def writes(call_name: str, call: ast.Call) -> bool:
    """Whether a call opens a file of the disk for writing, or changes the disk otherwise."""
    if call_name in ("write_text", "mkdir", "makedirs", "unlink", "rmtree", "rename", "touch", "rmdir", "symlink_to"):
        return True
    modes = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    modes += [keyword.value.value for keyword in call.keywords if isinstance(keyword.value, ast.Constant)]
    return call_name == "open" and any(isinstance(mode, str) and set(mode) & set("wax+") for mode in modes)


def test_the_store_alone_writes_to_the_disk():
    """Besides a training script, which writes a model that ships with the package, and no step of a day calls.

    And the memory about hosts, small files under locks of the machine: they hold nothing of any day.
    """
    writers = {name(file) for file in MODULES for call_name, call in calls(file) if writes(call_name, call)}
    assert writers - {"extract/train.py", "fetch/hosts.py"} == {"store.py"}
    assert not [
        name(file) for file in MODULES if any(module.startswith("news_etl.extract.train") for module in imported(file))
    ]


def test_paths_of_the_data_root_are_known_to_the_store_alone():
    areas = ("raw/", "stage/", "warehouse/", "ops/", "reports/")
    knowing = {
        name(file)
        for file in MODULES
        for node in ast.walk(tree(file))
        if isinstance(node, ast.JoinedStr)
        and isinstance(node.values[0], ast.Constant)
        and str(node.values[0].value).startswith(areas)
    }
    assert knowing <= {"store.py", "read.py", "show.py"}  # the latter two show or open a folder of the warehouse


def test_nothing_that_decides_a_published_value_asks_the_clock():
    """Times of processing stand in the books (`ledger.py`, `runs.py`), in names of runs and defaults (`cli.py`).

    How long ago a run began is asked to show it (`desk/days.py`).

    A page is fetched at a time: from the landing on, that time is part of the page. Pauses are of no day.
    """
    clocks = {"now", "utcnow", "today", "time", "time_ns"}
    asking = {
        name(file)
        for file in MODULES
        for call_name, call in calls(file)
        if call_name in clocks
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id in ("datetime", "date", "time")
    }
    collecting = {file for file in asking if file.startswith(("fetch/", "collect/"))}
    assert asking - collecting <= {"ledger.py", "runs.py", "desk/days.py", "cli.py"}


def test_random_numbers_are_used_nowhere():
    drawing = {name(file) for file in MODULES if roots(file) & {"random", "secrets"}}
    drawing |= {name(file) for file in MODULES for call_name, _ in calls(file) if call_name in ("uuid1", "uuid4")}
    assert drawing <= {"store.py", "fetch/hosts.py"}  # the name of a temporary file; how long to wait after a failure


@pytest.mark.parametrize("file", MODULES, ids=name)
def test_every_module_says_its_reason(file):
    assert ast.get_docstring(tree(file))


# ---- the DAGs


@pytest.mark.parametrize("file", sorted(DAGS.glob("*.py")), ids=lambda file: file.name)
def test_parsing_a_dag_adds_nothing_heavy_and_takes_no_time(file, tmp_path):
    code = """
import sys, time, runpy
import airflow.sdk, airflow.sdk.exceptions
before = set(sys.modules)
started = time.process_time()
runpy.run_path(sys.argv[1])
print(time.process_time() - started, *sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
"""
    home = f"import os; os.environ['AIRFLOW_HOME'] = {str(tmp_path)!r}\n"
    seconds, *added = python(home + code, str(file)).splitlines()[-1].split()
    assert not set(added) & {*HEAVY, "news_etl"}
    assert float(seconds) < 1


@pytest.mark.parametrize("file", sorted(DAGS.glob("*.py")), ids=lambda file: file.name)
def test_a_dag_imports_at_its_top_only_airflow_and_the_standard_library(file):
    at_top = set()
    for node in tree(file).body:
        if isinstance(node, ast.Import):
            at_top |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            at_top.add((node.module or "").partition(".")[0])
    assert at_top <= {"airflow", *sys.stdlib_module_names}
