# Tanggap. `make help` lists what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= var
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# Tests start hundreds of processes: none is to compile again what another one has.
export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.PHONY: help demo install install-dev test test-e2e test-faults test-channels test-compose test-lowest test-deps lint format sbom licences audit-dependencies bench chaos soak drills cluster test-cluster fuzz proof lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-19s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Use
demo: install ## start everything in one process, with captured notices and demo logins
	@$(BIN)/tanggap up --data $(DATA)

##@ Work
test: test-deps install-dev ## tests of every part on real brokers and databases; 10 minutes on two cores
	$(BIN)/pytest -n 3 --dist loadgroup tests/unit tests/contract tests/integration tests/fuzz $(ARGS)

test-e2e: test-deps install-dev ## the running whole: pages in a browser, operators' commands, backup and restore; 6 minutes
	$(BIN)/pytest -n 3 --dist loadgroup tests/e2e $(ARGS)

test-faults: test-deps install-dev ## kills, frozen and full brokers, bad agencies, while citizens complain; 5 minutes
	$(BIN)/pytest -n 2 --dist loadfile tests/chaos $(ARGS)

test-channels: test-deps install-dev ## mail and SMS against real Postfix, Dovecot and Kannel
	$(BIN)/pytest tests/channels $(ARGS)

test-compose: test-deps install-dev ## the stack in containers, a few faults included; about 8 minutes, needs Docker
	$(BIN)/pytest tests/compose $(ARGS)

test-lowest: test-deps install-dev ## the parts once more, with the oldest versions that pyproject.toml allows (needs uv)
	mkdir -p build
	$(BIN)/python -m tests.support.tool_versions > build/tools.txt
	uv pip compile -q --python-version 3.11 --resolution lowest-direct --no-header --no-emit-index-url --extra dev \
	  -c build/tools.txt pyproject.toml -o build/lowest.txt
	uv venv -q --allow-existing --python $(BIN)/python build/lowest
	uv pip install -q --python build/lowest/bin/python -r build/lowest.txt
	build/lowest/bin/python -m pytest -n 3 --dist loadgroup tests/unit tests/contract tests/integration $(ARGS)

test-deps: ## install what the tests need by apt, or say what to install
	@bash deploy/test-deps.sh

lint: install-dev ## style, types, dead imports, insecure calls, secrets that lie about
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m tests.support.secret_scan

format: install-dev ## let ruff format and mend
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

sbom: install-dev ## build/sbom.cdx.json: what the product is made of, in CycloneDX
	$(BIN)/python -m tests.support.sbom build/sbom.cdx.json

licences: install-dev ## the table in docs/licences.md, anew from the lock
	$(BIN)/python -m tests.support.licences

audit-dependencies: install-dev ## known flaws of the locked packages; asks the package index
	@$(BIN)/python -m tests.support.known_flaws

bench: test-deps install-dev ## measure everything, some 18 minutes (ARGS="router steady --short" for some of it)
	$(BIN)/python -m tests.bench $(ARGS)

chaos: test-deps install-dev ## faults of all kinds while citizens complain and officers work, on processes and on compose
	$(BIN)/python -m tests.chaos.run --on processes $(ARGS)
	$(BIN)/python -m tests.chaos.run --on compose $(ARGS)

soak: test-deps install-dev ## the same on processes for hours (two, or ARGS="--hours 8")
	$(BIN)/python -m tests.chaos.run --on processes --hours 2 $(ARGS)

cluster: test-deps install-dev ## three brokers and two of every service, hurt under load; 20 minutes, needs Docker
	$(BIN)/python -m tests.cluster.run $(ARGS)

test-cluster: test-deps install-dev ## the short form of it: one leader is killed; some minutes
	$(BIN)/pytest tests/cluster $(ARGS)

fuzz: install-dev ## hostile bytes for everything that reads strangers' input, 3 minutes (ARGS="--minutes 60")
	@$(BIN)/pip install -q --require-hashes -r tests/fuzz/requirements.txt || echo "without atheris: not guided by coverage"
	$(BIN)/python -m tests.fuzz $(ARGS)

drills: test-deps install-dev ## restore, exchange of every secret and upgrade, each while citizens complain; 15 minutes
	TANGGAP_PROOF=long $(BIN)/pytest -s tests/e2e/test_backup.py tests/e2e/test_rotation.py tests/e2e/test_upgrade.py $(ARGS)

proof: test-deps install-dev ## the long proofs: chaos on both grounds, drills, agencies that misbehave, kills, outages, rotation
	$(MAKE) chaos ARGS=
	$(MAKE) drills ARGS=
	$(BIN)/python -m tests.chaos.agencies.run
	TANGGAP_PROOF=long $(BIN)/pytest tests/chaos tests/compose/test_outages.py tests/compose/test_rotation.py $(ARGS)

##@ Set up
install: $(VENV)/.runtime ## .venv with what the product needs, from the lock

install-dev: $(VENV)/.dev ## .venv with what tests and checks need as well

lock: ## write the locks anew from the ranges in pyproject.toml (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q \
	  pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q \
	  --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean: ## remove the environment and the demo's data
	rm -rf $(VENV) $(DATA)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Tanggap needs Python 3.11 or newer with venv; set PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }

$(VENV)/.runtime: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing into $(VENV) (once, about half a minute) ..."
	@$(BIN)/pip install -q -r requirements.lock
	@$(BIN)/pip install -q --no-deps -e . --config-settings editable_mode=compat
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "Installing tools for tests and checks into $(VENV) ..."
	@$(BIN)/pip install -q -r requirements-dev.lock
	@touch $@
