# Everything here works on a bare machine with Python 3.11 and make: what it needs, it installs
# into the project's folder. 'make help' lists what there is.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

UV_VERSION := 0.13.9
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
BIN := .venv/bin
ENVIRONMENT := .venv/.up-to-date
PROJECTS := pyproject.toml $(wildcard libs/*/pyproject.toml services/*/pyproject.toml) \
            deploy/local/pyproject.toml

ROLE ?= admin
TENANT ?= demo
SERVICE ?= okr-service
KILLS ?= 500
PROCESSES ?= 2

# Where this is set, every process compiles all that it loads anew: tests start hundreds of them.
unexport PYTHONDONTWRITEBYTECODE
DO ?= parked list

.PHONY: help
help: ## list what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ---- the local stack -------------------------------------------------------------------------

.PHONY: run
run: $(ENVIRONMENT) ## start everything on this machine; Ctrl-C ends it (DETACH=1: return when ready)
	@$(BIN)/python -m helmlog_local run $(if $(DETACH),--detach)

.PHONY: stop
stop: $(ENVIRONMENT) ## end the stack that runs
	@$(BIN)/python -m helmlog_local stop

.PHONY: status
status: $(ENVIRONMENT) ## say what runs, and whether it is ready
	@$(BIN)/python -m helmlog_local status

.PHONY: demo
demo: $(ENVIRONMENT) ## run, then play a company's quarter into it and say what to look at
	@$(BIN)/python -m helmlog_local demo

.PHONY: token
token: $(ENVIRONMENT) ## print a development token (ROLE=admin TENANT=demo)
	@$(BIN)/python -m helmlog_local token --role '$(ROLE)' --tenant '$(TENANT)'

.PHONY: db-url
db-url: $(ENVIRONMENT) ## print the superuser URL of a service's local database (SERVICE=okr-service)
	@$(BIN)/python -m helmlog_local db-url --service '$(SERVICE)'

.PHONY: verify-log
verify-log: $(ENVIRONMENT) ## recompute every log of the stack that runs, and compare with the journal
	@$(BIN)/helmlog audit verify-log

.PHONY: operate
operate: $(ENVIRONMENT) ## list or re-drive parked events, rebuild (SERVICE=okr-service DO='parked list')
	@$(BIN)/python -m helmlog_local operate --service '$(SERVICE)' $(DO)

# ---- checks ----------------------------------------------------------------------------------

.PHONY: test
test: $(ENVIRONMENT) ## everything CI runs: lint, types, architecture, all tests
	@status=0; \
	for check in lint types architecture; do $(MAKE) $$check || status=1; done; \
	$(BIN)/pytest -n $(PROCESSES) || status=1; \
	exit $$status

.PHONY: test-fast
test-fast: $(ENVIRONMENT) ## the tests without killing anything, on the embedded broker
	@HELMLOG_KAFKA=embedded $(BIN)/pytest -n $(PROCESSES) -m 'not faults'

.PHONY: lint
lint: $(ENVIRONMENT) ## check style and format
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet . && echo "lint: clean"

.PHONY: fmt
fmt: $(ENVIRONMENT) ## format, and mend what can be mended by itself
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

.PHONY: types
types: $(ENVIRONMENT) ## check types
	@$(BIN)/mypy libs/*/src services/*/src deploy/local/src

.PHONY: architecture
architecture: $(ENVIRONMENT) ## check which module may import which
	@said=$$($(BIN)/lint-imports 2>&1) && echo "imports: the rules hold" || { echo "$$said"; exit 1; }

.PHONY: bench
bench: $(ENVIRONMENT) ## the figures: one JSON object a line
	@$(BIN)/python -m tests.bench

.PHONY: faults
faults: $(ENVIRONMENT) ## a long run of kills and cut connections (KILLS=500)
	@HELMLOG_FAULTS_KILLS='$(KILLS)' $(BIN)/pytest -m faults

# ---- the rest --------------------------------------------------------------------------------

.PHONY: docs
docs: $(ENVIRONMENT) ## write docs/reference anew from the code
	@$(BIN)/python -m helmlog_local.reference

.PHONY: clean
clean: ## end the stack; delete its data, the environment and all caches
	@if [ -e $(ENVIRONMENT) ]; then $(BIN)/python -m helmlog_local stop; fi
	@rm -rf .local .venv .tools .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

# What is said on the way goes to the error stream: 'make -s token' prints a token and no more.
$(ENVIRONMENT): uv.lock $(PROJECTS) | $(UV)
	@echo "bringing the environment up to date" >&2
	@# The machine's own certificates first: companies have theirs. uv's own where it has none.
	@UV_SYSTEM_CERTS=true $(UV) sync --frozen --quiet 2>/dev/null || $(UV) sync --frozen --quiet >&2
	@touch $@

.tools/bin/uv:
	@command -v python3 >/dev/null || { echo "Python 3.11 or later is needed: there is no python3" >&2; exit 1; }
	@python3 -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "python3 has no venv module; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "installing uv $(UV_VERSION) into .tools" >&2
	@python3 -m venv --clear .tools >&2
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check 'uv==$(UV_VERSION)' >&2
