# One Table (一张表). `make` alone lists what there is.
PYTHON    ?= python3
SCALE     ?= county
SEED      ?= 1
HOUSEHOLDS ?= 5000
AS_OF     ?= 2020-06-30
PORT      ?= 8080
SITE_PORT ?= 8090
export ONETABLE_HOME ?= var

BIN     := .venv/bin
STAMP   := .venv/.installed
PIP     := $(BIN)/python -m pip --disable-pip-version-check --no-input

.DEFAULT_GOAL := help
.PHONY: help setup run test lint up down airflow bench torture docs clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## install everything into .venv (costs nothing when it is there)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
		|| { echo "Python 3.11 to 3.13 is needed; choose one with PYTHON=…"; exit 1; }
	@echo "installing into .venv (about a minute) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) install -qq --no-deps --require-hashes -r requirements.lock
	@$(PIP) install -qq --no-deps --no-build-isolation --editable .
	@touch $@
	@echo "installed."

run: setup ## one county, one night: simulate it (the first time), take its files in, publish, show the numbers
	@test -e $(ONETABLE_HOME)/county.toml || $(BIN)/onetable simulate --seed $(SEED) --households $(HOUSEHOLDS) \
		--as-of $(AS_OF) --corrupt 0.02 --out $(ONETABLE_HOME)
	@PYTHONPATH=. $(BIN)/python -m dags.run_once
	@$(BIN)/onetable number
	@$(BIN)/onetable mismatches
	@$(BIN)/onetable status

test: setup ## all tests, with a standing Airflow among them
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --ignore tests/e2e
	$(BIN)/python -m pytest --numprocesses auto --dist loadscope tests/e2e

lint: setup ## ruff, mypy, sqlfluff, import-linter
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --disable-progress-bar dbt_project
	$(BIN)/lint-imports

up: setup ## start the standing Airflow on 127.0.0.1 (PORT, SITE_PORT) and wait until it is healthy
	@$(BIN)/python -m service.standing up --port $(PORT) --site-port $(SITE_PORT)

down: setup ## stop it with everything it started
	@$(BIN)/python -m service.standing down

airflow: setup ## Airflow's own commands on this home, e.g. make airflow ARGS="dags list"
	@$(BIN)/python -m service.standing airflow $(ARGS)

bench: setup ## steps, rows, seconds, memory, beside a bare DuckDB script: SCALE=county|prefecture
	$(BIN)/python -m tests.bench.bench --scale $(SCALE)

torture: setup ## the promises under kills, faults, damage, races and broken lines: ARGS="--sample" for CI's share
	$(BIN)/python -m tests.torture $(ARGS)

docs: setup ## dbt docs, gate docs and the index page into <home>/site
	@$(BIN)/python -m pipeline.pages.document

clean: ## remove caches and build leftovers; the data in <home> and .venv stay
	@rm -rf build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis dbt_project/target dbt_project/logs logs
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
