# Everything a person does with this project. `make help` lists the targets.
#
# PYTHON=python3.12   the interpreter the environment is made from (3.11 or newer)
# PORT=8080           where the service listens (default 8000)
# VAR_DIR=/srv/data   where the service keeps its data (default ./var)
# T=tests/ledger      which tests to run; SEED=7 replays a run's chance

SHELL := /bin/sh
ASKED := $(if $(filter command environment,$(origin PYTHON)),--this-python)
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
MAKE_ENVIRONMENT := collectibles/supervisor/environment.py
T ?= tests
LOCK_TOOL := uv==0.13.9

.DEFAULT_GOAL := help
.PHONY: help run test trial lint bench lock clean environment environment-for-development

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: environment  ## start the service with its database and print its address (PORT, VAR_DIR)
	@exec $(RUN) -m collectibles serve

test: environment-for-development  ## run every test (T=tests/ledger for some, SEED=... to replay)
	@exec $(RUN) -m pytest $(T)

trial: environment-for-development  ## run the tests that count with their full counts; resumable
	@export TRIAL=1; exec $(RUN) -m pytest $(T)

lint: environment-for-development  ## check form, types and the direction of imports
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy app.py collectibles compliance
	$(RUN) -c "from importlinter.cli import lint_imports_command as lint; lint()"

bench: environment-for-development  ## measure the speeds the design promises; writes var/bench.json
	@exec $(RUN) -m bench

lock:  ## write the lock files anew from pyproject.toml (UPGRADE=1 for the newest versions)
	@rm -rf var/lock && $(PYTHON) -m venv var/lock
	@var/lock/bin/python -m pip install --quiet $(LOCK_TOOL)
	@$(LOCKING) --output-file requirements.lock pyproject.toml
	@$(LOCKING) --extra dev --constraints requirements.lock \
		--output-file requirements-dev.lock pyproject.toml
	@rm -rf var/lock

clean:  ## remove the environment, caches and what tests left; data in var/ stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf var/browsers var/trial.json var/lock
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# One lock for all: every system and every Python from 3.11 on, each file by its hash, no addresses.
LOCKING = var/lock/bin/uv pip compile --quiet --no-config --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-annotate --no-header $(if $(UPGRADE),--upgrade)

# The environment for development holds that for running, so it serves `make run` too.

environment:
	@$(PYTHON) $(MAKE_ENVIRONMENT) requirements.lock $(ASKED)

environment-for-development:
	@$(PYTHON) $(MAKE_ENVIRONMENT) requirements-dev.lock requirements.lock $(ASKED)
