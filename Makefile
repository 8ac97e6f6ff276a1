# `make help` lists what there is. Everything is built in build/release; what a running hub keeps is in var/.
PRESET  ?= release
JOBS    ?= $(shell nproc)
INSTALL ?= deploy/install.sh
ARGS    ?=
BUILD   := build/$(PRESET)

.PHONY: help up up-kafka test bench lint clean

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: ## Build, start the hub and a simulated hospital region; Ctrl-C stops both. ARGS="--set http.port=8400" goes to the hub.
	@$(INSTALL) run
	@cmake --preset $(PRESET) --log-level=WARNING >/dev/null
	@cmake --build --preset $(PRESET) -j $(JOBS) --target overgang
	@deploy/up.sh $(BUILD)/overgang embedded $(ARGS)

up-kafka: ## The same with the log on a Kafka broker, fetched and started here.
	@$(INSTALL) run broker
	@cmake --preset $(PRESET) --log-level=WARNING >/dev/null
	@cmake --build --preset $(PRESET) -j $(JOBS) --target overgang
	@deploy/broker/fetch.sh
	@deploy/up.sh $(BUILD)/overgang kafka $(ARGS)

test: ## Build everything and run every test, those against a real broker and a real browser too.
	@$(INSTALL) test
	@cmake --preset $(PRESET) --log-level=WARNING >/dev/null
	@cmake --build --preset $(PRESET) -j $(JOBS)
	@deploy/broker/fetch.sh
	@tests/run.sh $(PRESET) $(JOBS) $(ARGS)

bench: ## Measure: fold, rebuild, append to visible, MLLP, census, feed; prints a table.
	@$(INSTALL) run broker
	@cmake --preset $(PRESET) --log-level=WARNING >/dev/null
	@cmake --build --preset $(PRESET) -j $(JOBS) --target overgang overgang_bench
	@deploy/broker/fetch.sh
	@$(BUILD)/overgang_bench $(ARGS)

lint: ## Check formatting, clang-tidy, shell scripts and Python files.
	@$(INSTALL) lint
	@cmake --preset $(PRESET) --log-level=WARNING >/dev/null
	@cmake --build --preset $(PRESET) -j $(JOBS) --target overgang_grpc overgang_rows
	@.ci/lint.py $(BUILD) $(JOBS)

clean: ## Remove what was built. What hubs stored in var/ stays.
	rm -rf build
