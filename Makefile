# Each target first makes what is missing, with one line of output for each part.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help docs pictures rehearsal test coverage long check bench lock release clean packages bench-packages

PY := .venv/bin/python
READY := .venv/ready build/lambda-runtime.installed build/layers/dependencies/python.installed build/layers/release_build/python.installed
TEMPLATES := template.yaml $(wildcard prerequisites/*.yaml)
# slapd and its tools are in sbin, which may not be on the PATH.
export PATH := $(PATH):/usr/local/sbin:/usr/sbin:/sbin
# The rehearsal starts dozens of Python processes: without bytecode each start is slow.
unexport PYTHONDONTWRITEBYTECODE

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

# Options reach the rehearsal as environment variables: make exports the variables it is given.
rehearsal: $(READY) ## Upgrade a cluster on this machine [USERS= LDIF= PASSWORDS= ANYWAY=1 SCENARIO= APPROVE=me KEEP=1 OUT=]
	@$(PY) -m rehearsal

test: $(READY) ## All tests, with some whole rehearsals, on all cores [ONLY=path or other arguments of pytest]
	@$(PY) -m pytest -n auto --dist worksteal -m "not long" $(ONLY)

coverage: $(READY) ## The unit and workflow tests, and the share of the package's lines that they run
	@COVERAGE_CORE=sysmon $(PY) -m pytest -n auto --dist worksteal -m "not long" --cov=changeover tests/unit tests/workflow

long: $(READY) ## The tests that `make test` leaves out: every scenario, and a kill at every moment
	@$(PY) -m pytest -n auto --dist worksteal -m long

check: .venv/ready build/sam-venv/ready build/checkov-venv/ready docs ## Format, lint, types, templates, state machines, locked copies, docs
	@.venv/bin/ruff format --check
	@.venv/bin/ruff check
	@.venv/bin/mypy
	@.venv/bin/cfn-lint $(TEMPLATES)
	@for each in $$(grep -l AWS::Serverless-2016-10-31 $(TEMPLATES)); do SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1 \
	  build/sam-venv/bin/sam validate --lint --template $$each; done
	@build/checkov-venv/bin/checkov --config-file .checkov.yaml --file $(TEMPLATES)
	@$(PY) -m tools.asl
	@cmp requirements/runtime.txt layers/dependencies/requirements.txt
	@cmp requirements/release-build.txt layers/release_build/requirements.txt

# Not --quiet: mkdocs would then count no warnings, and a dead link would pass.
docs: build/docs-venv/ready ## The documentation as a site, in build/site; a dead link fails
	@NO_MKDOCS_2_WARNING=1 build/docs-venv/bin/mkdocs build --strict 2>&1 | { grep -v ^INFO || true; }

bench: .venv/ready build/bench-venv/ready ## Benchmarks, each beside its yardstick [ONLY="name ..."]
	@$(PY) -m bench $(ONLY)

lock: .venv/ready build/lock-venv/ready ## Pin the requirements again, with hashes [UPGRADE=1: newest versions]
	@tools/lock-requirements

pictures: $(READY) ## Make the README's pictures again, from a real rehearsal
	@$(PY) -m tools.pictures

release: .venv/ready ## Commit and tag a release [VERSION=1.2.0]
	@$(PY) -m tools.release $(VERSION)

clean: ## Remove what was built; .venv stays
	@rm -rf build .aws-sam .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

include tools/environments.mk
