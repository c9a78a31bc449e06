# `make demo` shows a customer's own data in the helpdesk's sidebar; `make test` runs every test.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV ?= uv
PIN = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url

.PHONY: help install demo test prove check bench lock clean
.DEFAULT_GOAL := help

help: ## Say what can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

install: $(VENV)/.installed ## Make .venv with the command custom-profile in its bin/

$(VENV)/.installed: pyproject.toml requirements.txt requirements/build.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ": set PYTHON, as in make PYTHON=python3.12")'
	@$(PYTHON) -m venv $(VENV) || { echo "Python cannot make a virtual environment here; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt -r requirements/build.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.development: $(VENV)/.installed requirements/development.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/development.txt
	@touch $@

demo: install ## Show a customer in the sidebar: server and helpdesk page, until Ctrl-C
	@exec $(BIN)/custom-profile demo

test: $(VENV)/.development ## Install what the tests need and run them all
	@tests/install-system-packages
	@$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not prove and not timing"
	@$(BIN)/python -m pytest -m "timing and not prove"

prove: $(VENV)/.development ## Run the long proofs too: every server, every fault, loads and kills
	@tests/install-system-packages
	@$(BIN)/python -m pytest -n 2 --dist loadgroup -m prove $(PROVE)

check: $(VENV)/.development ## Lint, types, imports
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

$(VENV)/.benchmark: $(VENV)/.development requirements/benchmark.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/benchmark.txt
	@touch $@

bench: $(VENV)/.benchmark ## Measure, and print the figures (about 5 minutes; BENCH=--write keeps them)
	@$(BIN)/python -m benchmarks $(BENCH)

lock: ## Pin what pyproject.toml asks for, with hashes and without addresses (needs uv)
	$(PIN) pyproject.toml --extra http --extra postgresql --extra redis -o requirements.txt
	$(PIN) --group build -c requirements.txt -o requirements/build.txt
	$(PIN) pyproject.toml --extra http --extra postgresql --extra redis --extra testing --group development -c requirements.txt -o requirements/development.txt
	$(PIN) --group benchmark -c requirements/development.txt -o requirements/benchmark.txt

clean: ## Remove what was made here
	rm -rf $(VENV) dist .benchmarks .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis custom-profile-demo
