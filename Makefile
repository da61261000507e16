# kubevim.nfvi: `make demo` and `make test` set themselves up; all they need is Python 3.11+, git and make.
# Logic lies in hacking/; logs of every step in .cache/logs/.

SHELL := /bin/sh
.DEFAULT_GOAL := help

# The suites of `make test`. A new folder of tests is added here; tests/gates fails when one is forgotten.
SUITES := tests/gates tests/smoke tests/unit tests/lab tests/promises tests/integration tests/interop
# `make sanity CORES="2.18 2.19 2.21"`
CORES := 2.19
ALL_CORES := 2.18 2.19 2.21
# `make test PYTEST_ARGS="-k vpc -x"`
PYTEST_ARGS :=
# Tests wait more than they compute: three processes keep two cores busy.
SIDE_BY_SIDE := -n 3 --no-loadscope-reorder
# `make pytest LENGTH=full`: the long tests
LENGTH := not full
# Sanity, which keeps one core busy, runs beside the tests; these end last, with their count.
TOGETHER := $(MAKE) --no-print-directory --jobs 2 --keep-going
# `make bench BENCH_ARGS="--objects 50 --rounds 1 --output build/benchmarks.md"`
BENCH_ARGS :=

BIN := .venv/bin
LAB := PYTHONPATH=extensions $(BIN)/python -m lab
# The environment's ansible-playbook is the one that tests and the demo run.
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Upstream CRDs the tests load; without them the suites say what they left out.
ifneq ($(realpath ../shared/crds),)
export NFVI_UPSTREAM_CRDS ?= $(realpath ../shared/crds)
endif

.PHONY: help venv venv-test demo lab-down test test-full gates lint sanity smoke smoke-cores programs pytest bench docs pins clean

help:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: ## .venv with what the demo needs
	@python=$$(hacking/find-python 3.11+) && "$$python" hacking/environment.py main demo

venv-test:
	@python=$$(hacking/find-python 3.11+) && hacking/find-python 3.12 > /dev/null && "$$python" hacking/environment.py main test

demo: venv ## a powered-off server becomes a site that runs a VNF, in the lab, on this machine
	@hacking/demo

lab-down: venv ## stop the demo's lab and forget it
	@$(LAB) down

test: venv-test gates smoke-cores ## gates, sanity and all tests but the long ones
	@$(TOGETHER) sanity pytest

test-full: venv-test smoke-cores ## the rest: sanity on every supported ansible-core, the long tests
	@$(BIN)/python hacking/environment.py importer
	@$(TOGETHER) sanity pytest CORES="$(filter-out $(CORES),$(ALL_CORES))" LENGTH=full

gates: venv-test ## ruff, mypy, import contract, ansible-lint, docs
	@$(BIN)/python hacking/gates.py

lint: gates

sanity: venv-test ## ansible-test sanity with the versions in CORES
	@$(BIN)/python hacking/environment.py cores $(CORES)
	@$(BIN)/python hacking/sanity.py $(CORES)

smoke-cores: venv-test
	@$(BIN)/python hacking/environment.py cores $(ALL_CORES)

smoke: smoke-cores ## every plugin and playbook loads on every supported ansible-core
	@$(BIN)/python -m pytest tests/smoke $(PYTEST_ARGS)

# Built before the tests: a build may take longer than a test is given.
programs: venv-test
	@PYTHONPATH=extensions:. $(BIN)/python -m tests.interop.tools "$(LENGTH)"

pytest: programs ## the test suites alone
	@$(BIN)/python -m pytest $(SUITES) $(SIDE_BY_SIDE) -m "$(LENGTH)" $(PYTEST_ARGS)

bench: venv-test ## side by side with kubectl and kubernetes.core; writes docs/benchmarks.md
	@$(BIN)/python hacking/environment.py peers
	@PYTHONPATH=extensions:hacking $(BIN)/python -m tests.bench $(BENCH_ARGS)

docs: venv-test ## reference documentation of every plugin in build/docs
	@mkdir -p build/docs && ANSIBLE_COLLECTIONS_PATH=.venv/collections $(BIN)/antsibull-docs collection --use-current \
	  --squash-hierarchy --dest-dir build/docs kubevim.nfvi && echo "reference: build/docs"

pins: ## resolve requirements/ anew and write constraints.txt
	@python=$$(hacking/find-python 3.11) && "$$python" hacking/pins.py

clean: ## remove .venv, logs and builds (not the cache that checkouts share)
	@rm -rf .venv .cache build
