# Thin and self-documenting. Every target first sets up .venv from requirements.lock.
PYTHON ?= python3
VENV ?= .venv
RUN = $(VENV)/bin/python
export PYTHONPATH := $(CURDIR):$(CURDIR)/generated
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Compiled once, into the environment, whatever the caller's settings: tests and proofs start thousands of processes.
export PYTHONPYCACHEPREFIX := $(abspath $(VENV))/bytecode
export PYTHONDONTWRITEBYTECODE :=
READY = $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup generate generate-check vendor vendor-check wheel contract emulator test lint types defects variants interop bench bench-client lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

setup: $(READY) ## set up .venv from requirements.lock (every target does it by itself)

$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("make: Python 3.11 or newer is needed, and $(PYTHON) is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12 …")'
	@echo "make: setting up $(VENV) from requirements.lock (once, a download of about a minute)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(RUN) -m pip install -qq --require-hashes -r requirements.lock
	@touch $@

generate: $(READY) ## make generated/ anew from openapi/
	@$(RUN) -m openapi.generate

generate-check: $(READY) ## fail if generated/ is not what `make generate` makes
	@$(RUN) -m openapi.generate --check

vendor: $(READY) ## copy the client into an application: make vendor DEST=…/app/_vendor
	@$(RUN) -m openapi.vendor $(DEST)

vendor-check: $(READY) ## say whether such a copy is unchanged, and which version it is
	@$(RUN) -m openapi.vendor --check $(DEST)

wheel: $(READY) ## build the client's wheel and sdist, and run its tests against the wheel
	@$(RUN) -m openapi.wheel --test

contract: $(READY) ## check a pod: the emulated one, or POD_URL
	@$(RUN) -m contract_tests run $(ARGS)

emulator: $(READY) ## serve an emulated pod on loopback
	@$(RUN) -m contract_tests emulate $(ARGS)

test: $(READY) ## run the project's own tests
	@$(RUN) -m pytest tests --numprocesses auto --dist worksteal $(ARGS)

lint: $(READY) ## ruff on our code and on the client
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .

types: $(READY) ## mypy, strict, on our code and on the client
	@$(RUN) -m mypy

defects: $(READY) ## run the suite against every defective pod: each has to be found
	@$(RUN) -m contract_tests.proof defects $(ARGS)

variants: $(READY) ## run the suite against every lawful pod, over 20 seeds: none may be accused
	@$(RUN) -m contract_tests.proof variants --seeds 20 $(ARGS)

bench: $(READY) ## measure what the project claims to be quick at
	@$(RUN) -m tests.benchmarks $(ARGS)

interop: $(READY) ## run Symphony's own SDK against the emulated pod, and the client in all that it works in
	@$(RUN) -m tests.interop.run $(ARGS)

bench-client: $(READY) ## the client's rows of that table alone
	@$(RUN) -m tests.benchmarks.client

lock: $(READY) ## pin everything anew in requirements.lock
	@$(RUN) -m uv pip compile --quiet --group dev --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock" --upgrade -o requirements.lock pyproject.toml

clean: ## remove what was built and set up
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache
