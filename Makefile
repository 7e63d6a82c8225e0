# TapTill.  `make demo` prepares everything and opens a terminal in the browser; `make test` runs every test; `make help` lists the rest.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TESTED := $(VENV)/.ready-test
# Most of the tests wait for a terminal that waits: two at a time for each processor.
WORKERS := $(shell echo $$(( 2 * $$(getconf _NPROCESSORS_ONLN) )))
HISTORIES := 62000
PAGE_READY := tools/desk/node_modules/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo story test check check-page compiled lessons simulate cuts powercut fuzz flash simulate-bugs heap load load-kill mutants coverage bench screens pictures words wiring image-esp32 live-frozen clean

help:
	@echo "make demo      prepare everything and open a terminal in the browser"
	@echo "make story     the story in the console: three sales, a lost answer, a power cut, the books"
	@echo "make test      check, then run every test"
	@echo "make check     layout, lint and types of everything, the page too where node is"
	@echo "make setup     prepare .venv alone"
	@echo "make lessons   walk every lesson in the browser in both languages, each on a laptop and on a phone (minutes)"
	@echo "make cuts      cut the power at every step of every kind of act, and again in the start that follows (an hour)"
	@echo "make powercut  cut the power at every write and network step (long)"
	@echo "make simulate  62,000 histories of shops where everything goes wrong, on virtual time (long)"
	@echo "make fuzz      the fuzz campaigns (long)"
	@echo "make simulate-bugs  errors are put into the firmware, one at a time, and the simulation finds each (minutes)"
	@echo "make heap      MicroPython's heap runs out at every allocation of a sale, a void, a reversal (minutes)"
	@echo "make flash     200 terminals on a flash that fails at random (minutes)"
	@echo "make load      many terminals on a host of their own: a shop's day, bad lines, ten thousand connections (minutes)"
	@echo "make load-kill the host's processes are killed 200 times in the middle of transactions; the books are compared (minutes)"
	@echo "make mutants   change core and flows a little, thousands of times, and see whether a test notices (long)"
	@echo "make coverage  the branches of core and flows that no portable test takes"
	@echo "make bench     measure; figures also in build/bench.json"
	@echo "make screens   record the screen pictures again"
	@echo "make pictures  make the README's pictures of screens and page again"
	@echo "make words     make sentences, guidance, response codes and glyphs for the firmware again"
	@echo "make wiring    draw the wires of every board and write their tables again, from board.py"
	@echo "make image-esp32 MICROPYTHON=…  TapTill's own image for an ESP32 without PSRAM; needs ESP-IDF and MicroPython 1.25's sources"
	@echo "make live-frozen MICROPYTHON=…  what lives in the heap of that image, measured on a 32-bit MicroPython; needs gcc-multilib"
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

test: $(TESTED)
	@$(MAKE) --no-print-directory -j2 check compiled
	$(BIN)/python -m pytest -n $(WORKERS)

# The tests are compiled once, beside the check, and not by each of their processes anew.
compiled: $(TESTED)
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --collect-only > /dev/null || true  # what is wrong with them is told by the tests

check: $(TESTED) check-page
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy --custom-typeshed-dir $$($(BIN)/python -c "import sysconfig; print(sysconfig.get_path('purelib'))") \
		firmware/main.py firmware/taptill boards/*/board.py
	@$(BIN)/mypy firmware/taptill/core firmware/taptill/flows firmware/taptill/ports.py
	@$(BIN)/mypy --exclude 'on_micropython|campaigns/live/' tools/acquirer tools/campaigns tools/desk tools/evidence tools/facts tools/glyphs tools/model tools/paper tools/play \
		tools/rig tools/sim tools/till tools/wiring tools/words

check-page:
	@if command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1; then \
		$(MAKE) --silent --no-print-directory $(PAGE_READY) && cd tools/desk && npx --no-install tsc -p .; \
	else echo "check-page: left out, because node and npm are not installed"; fi

$(PAGE_READY): tools/desk/package.json tools/desk/package-lock.json
	@cd tools/desk && npm ci --silent --no-audit --no-fund
	@touch $(PAGE_READY)

lessons: $(TESTED)
	@TAPTILL_LESSONS=all $(BIN)/python -m pytest host_tests/test_browser_lessons.py

simulate: $(READY)
	@$(BIN)/till simulate --seed 1 --histories $(HISTORIES) --world both

cuts: $(READY)
	@$(BIN)/till simulate --cuts --depth 2 --samples $(CUT_SAMPLES) --seed 1
	@$(BIN)/till simulate --cuts --depth 1 --samples $(CUT_SAMPLES) --seed 1 --volatile

powercut: $(READY)
	@$(BIN)/till powercut --all

fuzz: $(TESTED)
	TAPTILL_FUZZ=long $(BIN)/python -m pytest -n auto host_tests/test_fuzz_*.py

simulate-bugs: $(TESTED)
	TAPTILL_BUGS=all $(BIN)/python -m pytest -rP host_tests/test_sim_bugs.py

heap: $(TESTED)
	TAPTILL_HEAP=all $(BIN)/python -m pytest -rP host_tests/test_drivers_on_micropython.py -k test_heap

flash: $(TESTED)
	TAPTILL_FLASH=200 $(BIN)/python -m pytest -n auto host_tests/test_weak_flash.py

load: $(READY)
	@for scenario in day queue trouble crowd; do $(BIN)/till load $$scenario || exit 1; done

load-kill: $(TESTED)
	@$(BIN)/till load kill --workers 2
	@if $(BIN)/python -c "from rig import postgres; postgres.programs()" 2>/dev/null; then $(BIN)/till load kill --postgres --workers 2 --state build/load-postgres; \
	else echo "load-kill: PostgreSQL left out, because it is not installed"; fi

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

wiring: $(READY)
	@cd tools && ../$(BIN)/python -m wiring

# MICROPYTHON is a checkout of MicroPython v1.25.0, and the export.sh of ESP-IDF v5.2.2 has been sourced.
IMAGE_BOARD := $(CURDIR)/boards/esp32_devkitc
IMAGE_BUILD := $(CURDIR)/build/esp32_devkitc
IN_PORT = $(MAKE) -C "$(MICROPYTHON)/ports/esp32" BOARD_DIR="$(IMAGE_BOARD)" BUILD="$(IMAGE_BUILD)"

image-esp32: $(READY)
	@test -f "$(MICROPYTHON)/ports/esp32/Makefile" || { echo "image-esp32: name a checkout of MicroPython 1.25: MICROPYTHON=…"; exit 2; }
	@command -v idf.py >/dev/null || { echo "image-esp32: no idf.py: source the export.sh of ESP-IDF v5.2.2 first"; exit 2; }
	@$(BIN)/till freeze build/frozen --board esp32_devkitc
	$(MAKE) -C "$(MICROPYTHON)/mpy-cross"
	$(IN_PORT) submodules
	$(IN_PORT) all
	@rm -rf build/image && mkdir -p build/image
	@cp "$(IMAGE_BUILD)/firmware.bin" build/image/taptill-esp32.bin
	@cp "$(IMAGE_BUILD)/micropython.bin" build/image/taptill-esp32-slot.bin
	@cd build/image && sha256sum *.bin > SHA256SUMS && cat SHA256SUMS

live-frozen: $(READY)
	@PYTHONPATH=tools $(BIN)/python -m campaigns.live_frozen "$(MICROPYTHON)"

clean:
	rm -rf build $(VENV) tools/desk/node_modules
