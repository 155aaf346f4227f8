# Everything here sets itself up: Python 3.11+, make and, for the tests, Node.js.
PYTHON ?= python3
BIN := .venv/bin
CPUS := $(shell nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2)

.DEFAULT_GOAL := help
.PHONY: help demo test lint check bench clean fix snapshots contracts chains feeds spenders schema requirements

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

demo: .venv/demo.stamp ## scan a made-up wallet on an embedded chain, offline
	@$(BIN)/allowctl demo

test: .venv/dev.stamp node_modules/.stamp ## install what the tests need and run them all
	$(BIN)/python -m pytest -n $(CPUS) --dist loadfile --cov --cov-report=term

lint: .venv/dev.stamp ## format, style, types, layers, workflow rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python tools/check_tree.py

check: lint test ## all that CI runs

bench: .venv/dev.stamp .venv/cryo.stamp node_modules/.stamp ## measure, as ratios in one run
	$(BIN)/python -m benchmarks.run

fix: .venv/dev.stamp ## format and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

snapshots: .venv/dev.stamp node_modules/.stamp ## write the snapshots anew; read the diff
	$(BIN)/python -m pytest -q -m "not node" --snapshot-update

contracts: node_modules/.stamp ## compile the demo's contracts into the package
	node tools/build_contracts.mjs

chains: node_modules/.stamp ## write the table of chains anew
	node tools/build_chains.mjs

feeds: node_modules/.stamp ## write the table of price feeds and known tokens anew
	node tools/build_feeds.mjs

spenders: node_modules/.stamp ## write the table of well-known spenders anew
	node tools/build_spenders.mjs

schema: .venv/dev.stamp ## write the JSON Schema of allowctl.toml anew
	$(BIN)/python tools/build_schema.py

requirements: .venv/dev.stamp ## pin the newest versions, with hashes
	$(BIN)/python tools/lock_requirements.py

clean: ## remove all that make has made
	rm -rf .venv node_modules dist build .mypy_cache .ruff_cache .pytest_cache \
	  .import_linter_cache .hypothesis .coverage .coverage.* demo-keystore
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "allowctl needs Python 3.11 or newer; say which with make PYTHON=...")'
	$(PYTHON) -m venv .venv

.venv/demo.stamp: .venv/bin/python requirements/demo.txt pyproject.toml
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/demo.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev.stamp: .venv/bin/python requirements/dev.txt pyproject.toml
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ .venv/demo.stamp

# One of those that `make bench` compares with; it has wheels for few Pythons.
.venv/cryo.stamp: .venv/bin/python benchmarks/cryo.txt
	@rm -rf .venv/cryo && $(BIN)/python -m venv .venv/cryo && \
	  .venv/cryo/bin/python -m pip install -q --disable-pip-version-check \
	    --only-binary :all: --require-hashes -r benchmarks/cryo.txt || \
	  { rm -rf .venv/cryo; echo "cryo does not fit this Python: it is left out"; }
	@touch $@

node_modules/.stamp: package.json package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
