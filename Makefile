PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SIZE ?= 0.5b

.PHONY: run local-model demo test check chaos kubernetes format bench bench-quality bench-injection screenshots clean

run: $(VENV)/.run  ## install, migrate and start everything on http://127.0.0.1:8000
	@exec $(BIN)/python -m webapp.launch

local-model: $(VENV)/.run  ## a small language model on this machine, that `make run` judges by; SIZE=1.5b for a larger
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-llm.txt
	@exec $(BIN)/python local_model.py --size $(SIZE)

demo: $(VENV)/.run  ## a made-up installation to look at, in demo-data/; it reads no .env and tells nobody
	@exec $(BIN)/python -m webapp.demo

test: $(VENV)/.dev  ## every test; what this machine lacks is skipped with its reason
	$(BIN)/pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

check: $(VENV)/.dev  ## format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

chaos: $(VENV)/.dev  ## 20 Monitors while processes are killed and stopped; on both databases
	$(BIN)/python -m tests.chaos

kubernetes: $(VENV)/.dev  ## what pods print, on the cluster that KUBECONFIG names
	$(BIN)/pytest -q tests/kubernetes_cluster.py

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev  ## each prints a ratio against a peer in the same run
	@status=0; for name in gather tail containers redaction collapse tick dense whole_runs on_time home; do \
	    echo "== $$name"; $(BIN)/python -m benchmarks.$$name || status=1; done; exit $$status

bench-quality: $(VENV)/.dev  ## how good verdicts are, on logs of real systems in ../shared/logs
	$(BIN)/python -m benchmarks.quality

bench-injection: $(VENV)/.dev  ## how often a hostile log talks LLM_MODEL round
	$(BIN)/python -m benchmarks.injection

screenshots: $(VENV)/.dev  ## the pictures of the README, of demo data
	$(BIN)/python -m tests.browser.screenshots

clean:
	rm -rf $(VENV)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "AI Log Monitor needs Python 3.11 or newer; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	@echo "Installing what the service needs; this takes about half a minute."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/.run
