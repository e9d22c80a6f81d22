# Everything a person does with this project. `make help` lists the targets.
#
# PYTHON=python3.12   the interpreter the environment is made from (3.11 or newer)
# PORT=8080           where the service listens (default 8000)
# VAR_DIR=/srv/data   where the service keeps its data (default ./var)
# T=tests/ledger      which tests to run; SEED=7 replays a run's chance

SHELL := /bin/sh
ASKED := $(if $(filter command% environment%,$(origin PYTHON)),$(PYTHON))
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
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

# The environment. A finished one bears the digest of the lock it was made from, so the second run
# finds it at once; one that was interrupted bears `unfinished` and is made anew. The environment
# for development holds that for running, so it serves `make run` too.

environment:
	@lock=requirements.lock; serves="requirements.lock"; $(ENSURE)

environment-for-development:
	@lock=requirements-dev.lock; serves="requirements.lock requirements-dev.lock"; $(ENSURE)

define ENSURE
set -eu; \
sum() { { sha256sum "$$1" 2>/dev/null || shasum -a 256 "$$1"; } | cut -c1-16; }; \
works() { [ ! -e $(VENV)/unfinished ] && $(RUN) -c '' 2>/dev/null \
	&& { [ -z "$(ASKED)" ] || [ "$$($(RUN) -V)" = "$$($(PYTHON) -V)" ]; }; }; \
if [ -f $(VENV)/$$lock-$$(sum $$lock) ] && works; then exit 0; fi; \
say() { printf '%s\n' "$$@" >&2; }; \
python=; \
for one in $(PYTHON) python3.14 python3.13 python3.12 python3.11; do \
	if "$$one" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		python=$$one; break; fi; \
done; \
if [ -z "$$python" ]; then \
	say "需要 Python 3.11 或更新版本；可用 PYTHON=/路径/python3 指定。" \
		"Python 3.11 or newer is needed; name one by PYTHON=/path/to/python3."; exit 1; fi; \
works || rm -rf $(VENV); \
mkdir -p $(VENV); : > $(VENV)/unfinished; rm -f $(VENV)/requirements*; \
say "正在准备运行环境 / Making the environment: $$lock, $$("$$python" -V)"; \
if ! [ -x $(RUN) ]; then \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null \
		&& ! "$$python" -m pip --version >/dev/null 2>&1 \
		&& [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		say "正在安装 Debian 的 python3-venv…… Installing Debian's python3-venv …"; \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get -qq update && apt-get -qq install -y --no-install-recommends python3-venv >/dev/null; \
	fi; \
	if "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
		"$$python" -m venv $(VENV); \
	elif "$$python" -c 'import venv' 2>/dev/null && "$$python" -m pip --version >/dev/null 2>&1; \
	then "$$python" -m venv --without-pip $(VENV); \
	else \
		say "这个 Python 没有 venv 和 pip。请安装（Debian：apt-get install python3-venv）后重试。" \
			"This Python has neither venv nor pip. Install them (Debian: apt-get install" \
			"python3-venv) and try again."; exit 1; \
	fi; \
fi; \
if $(RUN) -m pip --version >/dev/null 2>&1; then pip="$(RUN) -m pip"; \
else pip="$$python -m pip --python $(RUN)"; fi; \
$$pip install --quiet --disable-pip-version-check --no-input --require-hashes \
	--only-binary :all: -r $$lock; \
for one in $$serves; do : > $(VENV)/$$one-$$(sum $$one); done; \
rm -f $(VENV)/unfinished
endef
