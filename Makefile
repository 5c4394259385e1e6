# The commands of the project. `make` alone lists them.
#
# Everything happens inside the project: the environment in .venv, Airflow's state in .airflow, the data in data/.

DAY    ?= 2025-11-04
PORT   ?= 8080
PYTHON ?=
ARGS   ?=

SHELL := /bin/sh
VENV  := .venv
BIN   := $(VENV)/bin
UV    := $(BIN)/python -m uv
.DEFAULT_GOAL := help
.PHONY: help setup run newsroom up down status test test-long eval lint format lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.installed ## make the environment in .venv (Python 3.11 to 3.13; PYTHON=… chooses one)

run: $(VENV)/.installed ## run one day through Airflow and show what was published (DAY=2025-11-04)
	@$(BIN)/python scripts/run_day.py $(DAY)

newsroom: $(VENV)/.installed ## serve the sample newsroom on http://127.0.0.1:8765, to collect from (ARGS="--port …")
	@$(BIN)/python scripts/newsroom.py $(ARGS)

up: $(VENV)/.installed-dev ## start the whole local Airflow on PostgreSQL, print URL and login (PORT=8080)
	@$(BIN)/python scripts/local_airflow.py up --port $(PORT)

down: ## end everything `make up` started
	@test ! -x $(BIN)/python || $(BIN)/python scripts/local_airflow.py down

status: ## what of the local Airflow is running
	@test ! -x $(BIN)/python || $(BIN)/python scripts/local_airflow.py status

test: $(VENV)/.installed-dev ## every test this machine can run (ARGS="-k word" for some of them)
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not long" $(ARGS)

test-long: $(VENV)/.installed-dev ## the tests at full size: fuzzing, memory, many kills
	$(BIN)/python -m pytest -m long $(ARGS)

eval: $(VENV)/.installed-dev ## measure extraction and enrichment on annotated articles (RAISE=1 raises its floors, DOCS=1 renews its docs)
	@$(BIN)/python scripts/evaluate.py $(if $(RAISE),--raise) $(if $(DOCS),--docs)
	@$(BIN)/python scripts/evaluate_enrichment.py $(if $(RAISE),--raise) $(if $(DOCS),--docs)

lint: $(VENV)/.installed-dev ## check style and types; changes nothing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.installed-dev ## put the code into the project's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(VENV)/.uv ## renew requirements*.txt from pyproject.toml (UPGRADE=--upgrade takes newer versions)
	printf 'setuptools\n' | $(LOCK) --extra notebook --output-file requirements.txt pyproject.toml -
	printf 'setuptools\nuv\n' | $(LOCK) --all-extras --constraint requirements.txt \
		--output-file requirements-dev.txt pyproject.toml -

clean: down ## remove what the commands above made, but for the data
	rm -rf $(VENV) .airflow .mypy_cache .pytest_cache .ruff_cache test-output build include/*.egg-info

# -- how the environment is made --------------------------------------------------------------------------------------

LOCK = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes $(UPGRADE) \
	--no-emit-index-url --custom-compile-command "make lock"
INSTALL = $(UV) pip install --quiet --python $(BIN)/python $${PIP_INDEX_URL:+--default-index "$$PIP_INDEX_URL"}

$(VENV)/.installed: requirements.txt pyproject.toml $(VENV)/.uv
	@echo "Installing the locked requirements (1.4 GB, once)"
	@$(INSTALL) --require-hashes --compile-bytecode -r requirements.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo "Installing what tests and the local Airflow need besides"
	@$(INSTALL) --require-hashes --compile-bytecode -r requirements-dev.txt
	@touch $@

# uv installs the 240 packages in a fraction of pip's time. pip fetches it once, by the version and hashes of the lock.
$(VENV)/.uv: requirements-dev.txt
	@sh scripts/make_venv.sh "$(VENV)" "$(PYTHON)"
	@touch $@
