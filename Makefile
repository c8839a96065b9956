# `make` lists the commands. Each recipe is a plain command that can be typed as well.
#
# Cargo compiles a dependency again when the packages or the kinds of targets asked for turn on other features of it.
# So all of `make test` asks for the same: the workspace, with what only tests need. It saves minutes.

# Tools that `make setup` could not find installed are put here.
TOOLS := target/tools
export PATH := $(CURDIR)/$(TOOLS)/bin:$(PATH)
STEPS := setup lint deny production test-rust torture test-interop test-browser test-deploy test-docs test-openapi

# How hard `make torture` is: KILLS=100 is the long form.
KILLS := 12
SEED := 20261124
# How hard `make test-openapi` is.
EXAMPLES := 10

.DEFAULT_GOAL := help
.PHONY: help run sandbox test fmt lint deny setup production test-rust torture test-interop test-browser test-deploy \
	test-docs test-openapi openapi upgrade-test image-test

help: ## list the commands
	@grep -E '^[a-z-]+:.* ## ' $(MAKEFILE_LIST) | sed 's/:.* ## /\t/' | expand -t 18

run: ## run the production daemon
	cargo run

sandbox: ## run the daemon against simulated phones, offline
	cargo run --features sandbox -- sandbox

test: ## everything that CI runs, with the time that each step took
	@for step in $(STEPS); do \
		start=$$(date +%s); echo "== $$step"; \
		$(MAKE) --no-print-directory $$step || exit 1; \
		times="$$times$$(printf '%6d s  %s' $$(($$(date +%s) - start)) $$step)\n"; \
	done; printf "== time\n$$times"

fmt: ## format the code
	cargo fmt --all

lint: ## formatting, clippy, documentation
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --features sandbox -- -D warnings
	RUSTDOCFLAGS=-Dwarnings cargo doc --no-deps --workspace --features sandbox --document-private-items --lib --bins --examples

# Not `advisories`: that database is a git repository, which is not to be had where only crates.io is.
deny: ## licences, banned crates and sources of the dependencies
	cargo deny --locked check --hide-inclusion-graph bans licenses sources

# The features are looked at for the selection that is built. This overwrites target/debug/wamux with the production
# daemon; the next recipe puts the sandbox's back.
production: ## that the production daemon has no danger- feature and verifies whom it talks to
	cargo tree -e features --workspace > target/features.txt
	grep -q 'whatsapp-rust feature' target/features.txt
	! grep -F 'danger-' target/features.txt
	cargo nextest run --workspace --test production

test-rust: ## the Rust tests
	cargo nextest run --workspace --features sandbox

torture: ## nothing lost, nothing twice, in order, while the daemon is killed KILLS=12 times; SEED= repeats a run
	cargo test --quiet --workspace --features sandbox --test torture -- --kills $(KILLS) --seed $(SEED)

test-interop: ## another client, Baileys, against the daemon and the simulator
	cargo build --workspace --all-targets --features sandbox
	cd tests/interop && npm ci --silent --no-audit --no-fund && npm test --silent

test-browser: ## the dashboard: its modules, its pages in Chromium against the daemon and the simulator, its budgets
	cargo build --workspace --all-targets --features sandbox
	cd tests/browser && npm ci --silent --no-audit --no-fund && npm test --silent

test-deploy: ## systemd's units, alerts, nginx and Caddy before the daemon, manage.sh, that an upgrade keeps sessions
	cargo build --workspace --all-targets --features sandbox
	shellcheck -x manage.sh .ci/setup .ci/run deploy/nginx/*.sh tests/*/*.sh
	promtool check rules deploy/alerts.yml
	promtool test rules deploy/alerts_test.yml
	tests/deploy/unit.sh
	tests/deploy/manage.sh
	tests/upgrade/run.sh
	node --test tests/deploy/*.mjs

test-docs: ## every command in the documents, and the requests of the .http files, against `wamux sandbox`
	cargo build --workspace --all-targets --features sandbox
	node --test tests/docs/*.test.mjs

test-openapi: ## schemathesis with all its checks against the daemon: EXAMPLES=20 for each operation, SEED= repeats a run
	cargo build --workspace --all-targets --features sandbox
	cd tests/openapi && npm ci --silent --no-audit --no-fund && SEED=$(SEED) EXAMPLES=$(EXAMPLES) npm test --silent

openapi: ## write docs/openapi.json anew
	cargo build --workspace --all-targets --features sandbox
	cd docs && env -i ../target/debug/wamux openapi > openapi.json

# Not in `make test`, which upgrades from this version to itself: it builds both.
upgrade-test: ## that a linked session survives the upgrade from FROM= (a commit; the one before this) to this checkout
	tests/upgrade/from.sh $(FROM)

# Not in `make test`: it needs root and as long as a release build.
image-test: ## build the image without Docker, and run it as another user on a root that is read-only
	tests/image/run.sh

setup: ## install what is missing, on Debian
	.ci/setup $(TOOLS)
