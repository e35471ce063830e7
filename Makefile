# make setup, run, test, test-all, test-slurm, bench, zoo, lint. Needs Python 3.11 or later; everything else goes to .venv.

PYTHON ?= python3
CORES ?= all
BIN := .venv/bin

.PHONY: setup run lint test test-all test-slurm bench zoo clean

setup: .venv/installed

.venv/installed: requirements.lock
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or later is needed: make PYTHON=...')"
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	touch $@

run: setup
	$(BIN)/snakemake --cores $(CORES)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy workflow/plumbline workflow/scripts
	$(BIN)/snakefmt --check Snakefile workflow/rules
	$(BIN)/snakemake --lint
	PYTHONPATH=workflow $(BIN)/lint-imports

test: lint
	$(BIN)/python -m pytest -m "not slow"

test-all: lint
	$(BIN)/python -m pytest

# A real Slurm of one node on this machine (root), and profiles/kubernetes with a stand-in.
# The plugins lie in a folder of their own: in .venv they would slow down every start of Snakemake.
test-slurm: setup .cluster/installed
	PYTHONPATH=$(CURDIR)/.cluster $(BIN)/python -m pytest tests/slurm/test_slurm.py tests/workflow/test_kubernetes.py

.cluster/installed: requirements-slurm.lock requirements-kubernetes.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade \
		--target .cluster -r requirements-slurm.lock -r requirements-kubernetes.lock
	touch $@

bench: setup
	$(BIN)/python benchmarks/run.py

# Public architectures from their configurations, in an environment of their own; the table is docs/coverage.md.
# What has been judged already and has not changed is not judged again.
zoo: .venv-zoo/installed
	.venv-zoo/bin/python zoo/make_models.py zoo/catalogue.yaml zoo/models
	-HF_HUB_OFFLINE=1 .venv-zoo/bin/snakemake --cores $(CORES) --configfile zoo/config.yaml
	.venv-zoo/bin/python zoo/coverage.py zoo/models zoo/results docs/coverage.md

.venv-zoo/installed: zoo/requirements.lock
	test -x .venv-zoo/bin/python || $(PYTHON) -m venv .venv-zoo
	.venv-zoo/bin/python -m pip install --quiet --disable-pip-version-check -r zoo/requirements.lock
	touch $@

clean:
	rm -rf results .snakemake
