# TapTill.  `make demo` prepares everything and opens a terminal in the browser; `make test` runs every test; `make help` lists the rest.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TESTED := $(VENV)/.ready-test
PAGE_READY := tools/desk/node_modules/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo story test check check-page powercut fuzz mutants coverage bench screens pictures words clean

help:
	@echo "make demo      prepare everything and open a terminal in the browser"
	@echo "make story     the story in the console: three sales, a lost answer, a power cut, the books"
	@echo "make test      check, then run every test"
	@echo "make check     layout, lint and types of everything, the page too where node is"
	@echo "make setup     prepare .venv alone"
	@echo "make powercut  cut the power at every write and network step (long)"
	@echo "make fuzz      the fuzz campaigns (long)"
	@echo "make mutants   change core and flows a little, thousands of times, and see whether a test notices (long)"
	@echo "make coverage  the branches of core and flows that no portable test takes"
	@echo "make bench     measure; figures also in build/bench.json"
	@echo "make screens   record the screen pictures again"
	@echo "make pictures  make the README's pictures of screens and page again"
	@echo "make words     make sentences, guidance, response codes and glyphs for the firmware again"
	@echo "make clean     remove what was built"

$(READY): pyproject.toml tools/setup.sh
	@PYTHON="$(PYTHON)" sh tools/setup.sh $(VENV) .
	@touch $(READY)

$(TESTED): $(READY)
	@PYTHON="$(PYTHON)" sh tools/setup.sh $(VENV) '.[test]'
	@touch $(TESTED)

setup: $(READY)

demo: $(READY)
	@$(BIN)/till demo

story: $(READY)
	@$(BIN)/till story

test: $(TESTED) check
	$(BIN)/python -m pytest -n auto --dist worksteal

check: $(TESTED) check-page
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy --custom-typeshed-dir $$($(BIN)/python -c "import sysconfig; print(sysconfig.get_path('purelib'))") \
		firmware/main.py firmware/taptill boards/*/board.py
	@$(BIN)/mypy firmware/taptill/core firmware/taptill/flows firmware/taptill/ports.py
	@$(BIN)/mypy --exclude 'on_micropython|campaigns/live/' tools/acquirer tools/campaigns tools/desk tools/glyphs tools/play tools/rig tools/till \
		tools/words

check-page:
	@if command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1; then \
		$(MAKE) --silent --no-print-directory $(PAGE_READY) && cd tools/desk && npx --no-install tsc -p .; \
	else echo "check-page: left out, because node and npm are not installed"; fi

$(PAGE_READY): tools/desk/package.json tools/desk/package-lock.json
	@cd tools/desk && npm ci --silent --no-audit --no-fund
	@touch $(PAGE_READY)

powercut: $(READY)
	@$(BIN)/till powercut --all

fuzz: $(TESTED)
	TAPTILL_FUZZ=long $(BIN)/python -m pytest -n auto host_tests/test_fuzz_*.py

mutants: $(TESTED)
	@$(BIN)/python -m campaigns.mutants

coverage: $(TESTED)
	@$(BIN)/coverage run -m pytest host_tests/portable
	@$(BIN)/coverage report

bench: $(TESTED)
	@$(BIN)/till measure --json build/bench.json

screens: $(TESTED)
	$(BIN)/python host_tests/test_screens.py --record
	$(BIN)/python host_tests/test_story.py --record

pictures: $(TESTED)
	$(BIN)/python -m play.gallery
	$(BIN)/python host_tests/test_browser.py --record

words: $(READY)
	@cd tools && ../$(BIN)/python -m words

clean:
	rm -rf build $(VENV) tools/desk/node_modules
