# Only python3 >= 3.11, git and make are assumed; everything else is installed into .venv from hashed pins.
PYTHON ?= python3
BIN := .venv/bin
PACKAGE := argocd_gitops_mcp
RUN := $(BIN)/python -m

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-real test check fix docs bench e2e testbed testbed-fleet testbed-stop pins clean

help:  ## Show the targets.
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "%-14s %s\n", $$1, $$2}'

setup: .venv/.ready  ## Install everything into .venv.

.venv/.ready: requirements/dev.txt pyproject.toml
	@echo "Setting up .venv (once, about a minute)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup  ## Play the whole workflow on the embedded Argo CD: no cluster needed.
	@$(BIN)/argocd-gitops-mcp demo

demo-real: setup  ## The same story on a real Argo CD (built once, then started in seconds).
	@$(RUN) testbed up
	@$(BIN)/argocd-gitops-mcp demo --handle "$$($(RUN) testbed status --path)"

test: setup  ## Every test that needs no cluster.
	$(RUN) pytest -q -n auto --dist loadfile

e2e: setup  ## The contract suite and the story on a real Argo CD.
	$(RUN) testbed build
	$(RUN) pytest -q --stage=testbed tests/contract tests/e2e

check: setup  ## Types, lint, layers, generated docs.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(RUN) scripts.docs --check

fix: setup  ## Format and mend what can be mended, and write the generated docs and snapshots.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(RUN) scripts.docs
	$(RUN) tests.snapshots

docs: setup  ## Write the generated tables of docs/.
	$(RUN) scripts.docs

bench: setup  ## Sizes and times beside plain HTTP and a bare server of the same SDK.
	$(RUN) bench

testbed: setup  ## Build (once) and start a real Argo CD on loopback.
	$(RUN) testbed up

testbed-fleet: setup  ## Start another one beside it, with 10,000 applications in 4 GB of memory.
	$(RUN) testbed fleet 10000

testbed-stop: setup  ## Stop both.
	$(RUN) testbed down --fleet
	$(RUN) testbed down

pins: setup  ## Pin every dependency with its hashes anew.
	$(BIN)/pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --group dev --output-file requirements/dev.txt pyproject.toml

clean:  ## Remove what was installed and generated here.
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
