# `make demo` and `make test` are all that a reader needs; both make .venv first, once.
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2

# One thread a process: the tests run side by side, and small networks gain nothing from more.
export OMP_NUM_THREADS ?= 1

# The tests of what writes, reads and locks files.
GUARDED := tests/test_storage.py tests/test_lock.py tests/test_partial.py tests/test_output.py \
	tests/test_place.py tests/test_restore.py tests/models/test_artifact.py tests/models/test_artifact_kills.py \
	tests/models/test_envelope.py tests/models/test_folder.py tests/models/test_leftover.py \
	tests/models/test_signature.py tests/models/test_signing.py tests/training/test_checkpoint.py \
	tests/data/test_io.py tests/data/test_writer.py tests/cli/test_interrupt.py tests/cli/test_claim.py \
	tests/cli/test_clean.py tests/cases/test_csv.py tests/cases/test_exact.py

.DEFAULT_GOAL := help
.PHONY: help venv demo test lint types contracts check check-long long coverage fuzz soak audit clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

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

check-long: check long coverage fuzz soak audit  ## and what takes longer: over an hour on two cores

long: venv  ## tests that take long
	$(BIN)/python -m pytest -q -n $(WORKERS) -m long

coverage: venv  ## lines and branches of what writes, reads and locks files: at least 95 % of each
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -q -p no:cacheprovider $(GUARDED)
	$(BIN)/coverage combine -q
	@$(BIN)/coverage report | awk '{ print } $$1 ~ /[.]py$$/ && $$NF + 0 < 95 { low = low " " $$1 } $$1 == "TOTAL" { total = 1 } \
		END { if (low) print "below 95 %:" low; exit low != "" || !total }'

fuzz: venv  ## readers of what people type and files say, 5,000 random inputs each; 2,000 random frames
	SYNTHDIFF_FUZZ=5000 $(BIN)/python -m pytest -q -n $(WORKERS) tests/fuzz
	$(BIN)/python -m benchmarks.frames --count 2000 --workers $(WORKERS)

soak: venv  ## ten minutes of kills, frames, files, models, threads, sampling and command lines
	$(BIN)/python -m benchmarks.soak --minutes 10

audit: venv  ## known vulnerabilities of the pinned packages; a bill of materials in build/sbom.json
	$(PYTHON) -m venv $(VENV)-audit
	@if $(VENV)-audit/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt \
		pip-audit cyclonedx-bom click; then \
		$(VENV)-audit/bin/python -m benchmarks.audit --environment $(VENV); \
	else echo "NOT AUDITED, no bill of materials: pip-audit and cyclonedx-bom could not be installed"; fi

clean:  ## remove what was built
	rm -rf $(VENV) $(VENV)-audit build dist synthdiff-demo .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
