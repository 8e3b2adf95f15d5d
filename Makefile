# Every target first makes what it needs, says so in one line, and does nothing where that is there.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help rehearsal test long check bench lock clean tools

PY := .venv/bin/python
INSTALL := -m pip install -qq --disable-pip-version-check
READY := .venv/ready build/lambda-runtime.installed build/layers/dependencies/python.installed build/release-build/ready
TEMPLATES := template.yaml $(wildcard prerequisites/*.yaml)

# slapd and its like stand in sbin, which is not on everybody's PATH.
export PATH := $(PATH):/usr/local/sbin:/usr/sbin:/sbin
# Processes are started by the dozen: whoever switched off their bytecode would wait for it.
unexport PYTHONDONTWRITEBYTECODE

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

# The options reach it as variables of the environment: make passes on what it is given.
rehearsal: $(READY) ## Upgrade a cluster on this machine [USERS= LDIF= PASSWORDS= ANYWAY=1 SCENARIO= APPROVE=me KEEP=1 OUT=]
	@$(PY) -m rehearsal

test: $(READY) ## All tests, some whole rehearsals among them, on all cores [ONLY=path or other arguments of pytest]
	@$(PY) -m pytest -n auto --dist worksteal -m "not long" $(ONLY)

long: $(READY) ## The tests that `make test` leaves out: every scenario, every moment of a kill
	@$(PY) -m pytest -n auto --dist worksteal -m long

check: .venv/ready build/sam-venv/ready build/checkov-venv/ready ## Format, lint, types, templates, state machines, locked copies
	@.venv/bin/ruff format --check
	@.venv/bin/ruff check
	@.venv/bin/mypy
	@.venv/bin/cfn-lint $(TEMPLATES)
	@for each in $$(grep -l AWS::Serverless-2016-10-31 $(TEMPLATES)); do SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1 \
	  build/sam-venv/bin/sam validate --lint --template $$each; done
	@build/checkov-venv/bin/checkov --config-file .checkov.yaml --file $(TEMPLATES)
	@$(PY) -m tests.asl
	@cmp requirements/runtime.txt layers/dependencies/requirements.txt

bench: .venv/ready build/bench-venv/ready ## Benchmarks, each beside its yardstick [ONLY="name ..."]
	@$(PY) -m bench $(ONLY)

# python-ldap, a yardstick, comes without a wheel for Linux.
bench: NEEDED += gcc
bench: HEADERS := ldap.h sasl/sasl.h Python.h
bench: PACKAGES += gcc libc6-dev libldap-dev libsasl2-dev python3-dev

# A layer's requirements stand in its own folder, and sam follows no link on some systems: a copy.
lock: build/lock-venv/ready ## Pin the requirements anew, with hashes [UPGRADE=1: newest versions]
	@echo "Pinning requirements/*.in"
	@$(LOCK) requirements/dev.in -o requirements/dev.txt
	@$(LOCK) requirements/runtime.in -c requirements/dev.txt -o requirements/runtime.txt
	@$(LOCK) requirements/lambda-runtime.in -c requirements/dev.txt -o requirements/lambda-runtime.txt
	@$(LOCK) requirements/sam.in -o requirements/sam.txt
	@$(LOCK) requirements/bench.in -o requirements/bench.txt
	@$(LOCK) requirements/checkov.in -o requirements/checkov.txt
	@$(LOCK) requirements/lock.in -o requirements/lock.txt
	@build/lock-venv/bin/uv pip compile --quiet --python-version 3.9 --format pylock.toml --no-emit-index-url \
	  $(if $(UPGRADE),--upgrade) requirements/release-build.in -o build/pylock.release-build.toml
	@$(PY) -m tests.pins build/pylock.release-build.toml
	@cp requirements/runtime.txt layers/dependencies/requirements.txt

LOCK = UV_CUSTOM_COMPILE_COMMAND="make lock" build/lock-venv/bin/uv pip compile --quiet \
  --universal --python-version 3.11 --generate-hashes --no-emit-index-url $(if $(UPGRADE),--upgrade)

clean: ## Remove what was built; .venv stays
	@rm -rf build .aws-sam .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

.venv/ready: requirements/dev.txt pyproject.toml | tools
	@echo "Installing requirements/dev.txt and the package into .venv"
	@$(PY) -m pip --version >/dev/null 2>&1 || { $(ENOUGH) && $(PYTHON) -m venv --clear .venv; }
	@$(PY) $(INSTALL) --require-hashes -r requirements/dev.txt
	@$(PY) $(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

# Environments of their own: their pins or files clash with .venv's, or few people need them.
build/%-venv/ready: requirements/%.txt | tools
	@echo "Installing $< into $(@D)"
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python $(INSTALL) --require-hashes -r $<
	@touch $@

# What the rehearsal's functions find on Lambda, and in the layer that is built for Lambda.
build/lambda-runtime.installed: requirements/lambda-runtime.txt
build/layers/dependencies/python.installed: layers/dependencies/requirements.txt
%.installed: .venv/ready
	@echo "Installing $(filter %.txt,$^) into $*"
	@$(PY) -c 'import sys, pathlib, rehearsal.control_plane.installing as by; \
	  by.installed(*map(pathlib.Path, sys.argv[1:]))' $(filter %.txt,$^) $*
	@touch $@

# What rehearsed builds of releases install: a build takes a minute longer where it must be fetched.
build/release-build/ready: requirements/release-build.txt | .venv/ready
	@echo "Fetching $< into $(@D)"
	@rm -rf $(@D)
	@$(PY) -m pip download -qq --disable-pip-version-check --require-hashes --no-deps --only-binary :all: -d $(@D) -r $<
	@touch $@

# Lambda's own version before any other. Each is asked: behind a shim of pyenv there may be nothing.
PYTHON = $(or $(shell for each in $(PYTHONS); do \
  "$$each" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
  echo "$$each"; break; done),python3)
PYENV = $(or $(shell pyenv root 2>/dev/null),$(HOME)/.pyenv)/versions
PYTHONS = python3.13 $(wildcard $(PYENV)/3.13*/bin/python3) python3.12 python3.11 python3.14 python3 \
  $(wildcard $(PYENV)/3.1[124]*/bin/python3)

ENOUGH = $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 is needed")'

# What is no Python comes from Debian. No daemon may start: the rehearsal runs its own directories.
NEEDED := slapd slapadd ldapmodify curl openssl git
PACKAGES := slapd ldap-utils curl openssl git python3-venv
MISSING = $(shell PATH="$(PATH)"; for each in $(NEEDED); do command -v $$each >/dev/null || echo $$each; done) \
  $(if $(wildcard $(PY)),,$(shell $(PYTHON) -c 'import ensurepip' 2>/dev/null || echo python3-venv)) \
  $(if $(HEADERS),$(shell for each in $(HEADERS); do \
    gcc -I "$(INCLUDE)" -include $$each -E -xc /dev/null >/dev/null 2>&1 || echo $$each; done))
INCLUDE = $(shell $(PYTHON) -c 'import sysconfig; print(sysconfig.get_path("include"))')
tools:
	@$(if $(strip $(MISSING)),$(call install,$(strip $(MISSING))),:)

define install
[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null || \
  { echo "Missing: $(1). Install them first; on Debian: apt-get install $(PACKAGES)" >&2; exit 1; }; \
echo "Installing from Debian, for want of $(1): $(PACKAGES)"; \
if [ ! -e /usr/sbin/policy-rc.d ]; then \
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT; \
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d; \
fi; \
apt-get update -qq; \
DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends $(PACKAGES) >/dev/null
endef
