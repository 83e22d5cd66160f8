# Thin and self-documenting. Every target first sets up .venv: to check a pod from requirements-contract.lock, to
# work on this project from requirements.lock.
PYTHON ?= python3
VENV ?= .venv
RUN = $(VENV)/bin/python
export PYTHONPATH := $(CURDIR):$(CURDIR)/generated
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Compiled once, into the environment, whatever the caller's settings: tests and proofs start thousands of processes.
export PYTHONPYCACHEPREFIX := $(abspath $(VENV))/bytecode
export PYTHONDONTWRITEBYTECODE :=
READY = $(VENV)/.ready
# What a verdict needs: a part of everything, or everything where that is set up already.
RUNS = $(if $(wildcard $(READY)),$(READY),$(VENV)/.ready-contract)

.DEFAULT_GOAL := help
.PHONY: help setup setup-contract generate generate-check pages-diff pages-add vendor vendor-check wheel container contract fuzz emulator test lint types defects variants interop kills bad-requests bench bench-client docs picture lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

setup: $(READY) ## set up .venv with everything (every target sets up what it needs by itself)

setup-contract: $(RUNS) ## set up .venv with what it takes to check a pod, and no more

# Sets up the environment from the lock file that is given.
define set_up
	@if [ -L "$(VENV)" ] && [ -n "$$(ls -A "$(VENV)/" 2>/dev/null)" ]; then echo "make: $(VENV) is a symbolic link to a folder that is not empty. make empties no folder that a link points to: remove the link, or name another folder, as in make VENV=.venv-contract …" >&2; exit 1; fi
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("make: Python 3.11 or newer is needed, and $(PYTHON) is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12 …")'
	@echo "make: setting up $(VENV) from $(1) (once, a download of about $(2))"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(RUN) -m pip install -qq --no-compile --require-hashes -r $(1)
endef

$(READY): requirements.lock
	$(call set_up,$<,a minute)
	@touch $@

$(VENV)/.ready-contract: requirements-contract.lock
	$(call set_up,$<,15 seconds)
	@touch $@

generate: $(READY) ## make generated/ anew from openapi/
	@$(RUN) -m openapi.generate

generate-check: $(READY) ## fail if generated/ is not what `make generate` makes
	@$(RUN) -m openapi.generate --check

pages-diff: $(READY) ## say what changed in the pages, and whom it breaks: make pages-diff [REV|FOLDER] [ARGS=--json]
	@$(RUN) -m openapi.pages_diff $(or $(NAMED),$(REV),$(FOLDER)) $(ARGS)

pages-add: $(READY) ## take new copies of pages in, with all that follows, or nothing: make pages-add FILE…
	@$(RUN) -m openapi.pages_add $(or $(NAMED),$(FILE))

# What stands after these two names is what they are about, and no target.
ifneq ($(filter pages-diff pages-add,$(firstword $(MAKECMDGOALS))),)
NAMED := $(wordlist 2,$(words $(MAKECMDGOALS)),$(MAKECMDGOALS))
.PHONY: $(NAMED)
$(NAMED):
	@:
endif

vendor: $(READY) ## copy the client into an application: make vendor DEST=…/app/_vendor
	@$(RUN) -m openapi.vendor $(DEST)

vendor-check: $(READY) ## say whether such a copy is unchanged, and which version it is
	@$(RUN) -m openapi.vendor --check $(DEST)

wheel: $(READY) ## build the wheels and sdists of client and suite, and run tests against the wheels
	@$(RUN) -m openapi.wheel --test

container: $(READY) ## build the container of the emulated pods, or carry out its steps where there is no engine
	@$(RUN) -m tests.container.steps

# exec: the signals that make hands on are for the suite, and not for a shell above it.
contract: $(RUNS) ## check a pod: emulated ones, or POD_URL (make exits with 2 whatever the suite's status is)
	@exec $(RUN) -m contract_tests run $(ARGS)

fuzz: $(RUNS) ## run schemathesis with the suite's rules on a pod: emulated ones, or POD_URL
	@exec $(RUN) -m contract_tests fuzz $(ARGS)

emulator: $(RUNS) ## serve an emulated pod on loopback
	@exec $(RUN) -m contract_tests emulate $(ARGS)

test: $(READY) ## run the project's own tests
	@$(RUN) -m pytest tests --numprocesses auto --dist worksteal $(ARGS)

lint: $(READY) ## ruff on our code and on the client, and the layers of contract_tests/
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(VENV)/bin/lint-imports --no-cache

types: $(READY) ## mypy, strict, on our code and on the client
	@$(RUN) -m mypy

defects: $(RUNS) ## run the suite against every defective pod: each has to be found
	@$(RUN) -m contract_tests.proof defects $(ARGS)

variants: $(RUNS) ## run the suite against every lawful pod, over 20 seeds: none may be accused
	@$(RUN) -m contract_tests.proof variants --seeds 20 $(ARGS)

bench: $(READY) ## measure what the project claims to be quick at
	@$(RUN) -m tests.benchmarks $(ARGS)

interop: $(READY) ## run Symphony's own SDKs against the emulated pods, and the client in all that it works in
	@$(RUN) -m tests.interop.run $(ARGS)

kills: $(READY) ## kill the emulated pods a hundred times under load: nothing acknowledged is lost
	@KILLS=100 $(RUN) -m pytest tests/emulator/test_state.py -k kills $(ARGS)

bad-requests: $(READY) ## send a million bad requests to the emulated pods: make bad-requests [ARGS=--requests=N]
	@$(RUN) -m tests.emulator.bad_requests $(ARGS)

bench-client: $(READY) ## the client's rows of that table alone
	@$(RUN) -m tests.benchmarks.client

LOCKING = --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock"

docs: $(READY) ## build docs/ into build/docs/, strictly; the reference is made from the code
	@$(RUN) -m docs.make_reference
	@NO_MKDOCS_2_WARNING=1 $(RUN) -m mkdocs build --strict

picture: $(READY) ## make docs/images/report.png anew, from a real run (needs chromium)
	@$(RUN) -m docs.make_picture

lock: $(READY) ## pin everything anew in the lock files
	@$(RUN) -m uv pip compile $(LOCKING) --group dev --upgrade -o requirements.lock pyproject.toml
	@$(RUN) -m uv pip compile $(LOCKING) --group contract --group emulator --constraints requirements.lock -o requirements-contract.lock pyproject.toml
	@$(RUN) -m uv pip compile $(LOCKING) --extra emulator --extra fast --constraints requirements.lock -o requirements-emulator.lock contract_tests/pyproject.toml

clean: ## remove what was built and set up
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache
