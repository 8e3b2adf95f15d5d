# What the targets of the Makefile need. Each part is made once, and again when its pins change.

.venv/ready: requirements/dev.txt pyproject.toml | packages
	@tools/make-environment .venv $<
	@$(PY) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Environments of their own: their pins clash with .venv's, or few people need them.
build/%-venv/ready: requirements/%.txt | packages
	@tools/make-environment $(@D) $<
	@touch $@

build/bench-venv/ready: | bench-packages

# What the rehearsal's functions find on Lambda, and in the layer that is built for Lambda.
build/lambda-runtime.installed: requirements/lambda-runtime.txt
build/layers/dependencies/python.installed: layers/dependencies/requirements.txt
%.installed: .venv/ready
	@echo "Installing $(filter %.txt,$^) into $*"
	@$(PY) -m rehearsal.control_plane.installing $(filter %.txt,$^) $*
	@touch $@

# What rehearsed builds of releases install: a build takes a minute longer where it must be fetched.
build/release-build/ready: requirements/release-build.txt | .venv/ready
	@echo "Fetching $< into $(@D)"
	@rm -rf $(@D)
	@$(PY) -m pip download -qq --disable-pip-version-check --require-hashes --no-deps --only-binary :all: -d $(@D) -r $<
	@touch $@

packages:
	@tools/install-debian-packages

bench-packages:
	@tools/install-debian-packages bench
