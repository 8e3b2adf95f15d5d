# The parts that the Makefile's targets need. Each is made once, and again when its pins change.

.venv/ready: requirements/dev.txt pyproject.toml | packages
	@tools/make-environment .venv $<
	@$(PY) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Separate environments: their pins conflict with .venv's, or few people need them.
build/%-venv/ready: requirements/%.txt | packages
	@tools/make-environment $(@D) $<
	@touch $@

build/bench-venv/ready: | bench-packages

# The packages of Lambda's runtime and of the layers, for the functions in a rehearsal.
build/lambda-runtime.installed: requirements/lambda-runtime.txt
build/layers/dependencies/python.installed: layers/dependencies/requirements.txt
build/layers/release_build/python.installed: layers/release_build/requirements.txt
%.installed: .venv/ready
	@echo "Installing $(filter %.txt,$^) into $*"
	@$(PY) -m rehearsal.control_plane.installing $(filter %.txt,$^) $*
	@touch $@

packages:
	@tools/install-debian-packages

bench-packages:
	@tools/install-debian-packages bench
