# Everyday targets. Continuous integration runs `make test`.

PREFIX ?= /usr/local
DESTDIR ?=
# mount(8) looks for its helpers only here.
SBINDIR ?= /sbin
JOBS ?= 2
SWIFT_BUILD = swift build --jobs $(JOBS)
CLIENT_VENV = .build/client-venv

.PHONY: all tsan build test unit-tests mount-tests client-tests check lint fmt demo docs bench stress install uninstall setup clean

all: build

setup:
	scripts/install-packages.sh test demo bench

# The Swift runtime is linked statically, so that the programs run where Swift is not installed.
build:
	scripts/install-packages.sh
	$(SWIFT_BUILD) --configuration release --static-swift-stdlib --product uploadfs
	$(SWIFT_BUILD) --configuration release --static-swift-stdlib --product uploadfs-test-server

test: unit-tests mount-tests client-tests

# Also builds the programs that the mount tests and the client tests run.
.PHONY: debug-build
debug-build:
	scripts/install-packages.sh test
	$(SWIFT_BUILD) --build-tests
	$(SWIFT_BUILD) --product uploadfs
	$(SWIFT_BUILD) --product uploadfs-test-server
	$(SWIFT_BUILD) --product upload-generated-image

unit-tests: debug-build
	scripts/swift-test.sh --skip-build --skip '^(MountTests|CrashTests|ModelTests|UploadFilesystemTests)\.'

# The mount tests run with each of these: kernel passthrough on, and off, where every read and write goes through the mount's
# process. The model tests use both by themselves.
PASSTHROUGH ?= $(shell scripts/passthrough-ways.sh)

# Not in parallel: they measure times, kill processes, and block their thread while a program runs.
mount-tests: debug-build
	for way in $(PASSTHROUGH); do \
	    echo "Kernel passthrough: $$way"; \
	    UPLOADFS_TEST_PASSTHROUGH=$$way scripts/swift-test.sh --skip-build --no-parallel \
	        --filter '^(MountTests|CrashTests|UploadFilesystemTests)\.' || exit; \
	done
	scripts/swift-test.sh --skip-build --no-parallel --filter '^ModelTests\.'

# Tests of concurrency with a mount that is built with ThreadSanitizer.
tsan: debug-build
	$(SWIFT_BUILD) --scratch-path .build/tsan --sanitize thread --product uploadfs
	scripts/tsan-test.sh .build/tsan/debug/uploadfs

$(CLIENT_VENV)/installed: Tests/ClientTests/requirements.txt
	python3 -m venv $(CLIENT_VENV)
	$(CLIENT_VENV)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

client-tests: debug-build $(CLIENT_VENV)/installed
	$(CLIENT_VENV)/bin/pytest --quiet Tests/ClientTests

lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Examples Tests

fmt:
	swift format format --in-place --recursive --parallel Package.swift Sources Examples Tests

check: lint test

demo:
	scripts/install-packages.sh demo
	$(SWIFT_BUILD) --product uploadfs
	$(SWIFT_BUILD) --product uploadfs-test-server
	scripts/demo.sh

# The documentation of the libraries' public interface, for `docc preview` or a web server.
docs: debug-build
	scripts/documentation.sh

bench: build
	scripts/install-packages.sh bench
	Benchmarks/run.py

# A thousand kills of mounts at random moments. Another seed: make stress KILLS='--seed 42'.
KILLS ?=
stress: debug-build
	Benchmarks/kills.py $(KILLS)

install:
	install -D --mode=755 .build/release/uploadfs $(DESTDIR)$(PREFIX)/bin/uploadfs
	install -D --mode=755 mount-helpers/mount.uploadfs $(DESTDIR)$(SBINDIR)/mount.uploadfs
	ln --symbolic --force mount.uploadfs $(DESTDIR)$(SBINDIR)/mount.fuse.uploadfs

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/uploadfs $(DESTDIR)$(SBINDIR)/mount.uploadfs $(DESTDIR)$(SBINDIR)/mount.fuse.uploadfs

clean:
	swift package clean
	rm -rf $(CLIENT_VENV)
