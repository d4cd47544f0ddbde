# `make demo` and `make test` are all that a reader needs; both make .venv first, once.
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2

# One thread a process: the tests run side by side, and small networks gain nothing from more.
export OMP_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help venv demo test lint types contracts check clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

venv: $(VENV)/.stamp  ## the environment, with pinned versions

$(VENV)/.stamp: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "synthdiff needs Python 3.11 or newer: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: venv  ## fit, sample and inspect a table that is made on the spot
	env -u OMP_NUM_THREADS $(BIN)/synthdiff demo

test: venv  ## the tests
	$(BIN)/python -m pytest -q -n $(WORKERS)

lint: venv  ## ruff: style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: venv  ## mypy --strict
	$(BIN)/mypy

contracts: venv  ## imports only point down
	$(BIN)/lint-imports

check: lint types contracts test  ## everything that a change must pass

clean:  ## remove what was built
	rm -rf $(VENV) build dist synthdiff-demo .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
