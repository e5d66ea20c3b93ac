# The targets of daily work. `make test` is what the continuous integration runs.

PREFIX ?= /usr/local
DESTDIR ?=
# mount(8) looks for its helpers here and nowhere else.
SBINDIR ?= /sbin
JOBS ?= 2
SWIFT_BUILD = swift build --jobs $(JOBS)
CLIENT_VENV = .build/client-venv

.PHONY: all tsan build test unit-tests mount-tests client-tests check lint fmt demo docs bench install uninstall setup clean

all: build

setup:
	scripts/install-packages.sh test demo bench

# The Swift runtime goes into the program, so that it runs where no Swift is installed.
build:
	scripts/install-packages.sh
	$(SWIFT_BUILD) --configuration release --static-swift-stdlib --product uploadfs
	$(SWIFT_BUILD) --configuration release --static-swift-stdlib --product uploadfs-test-server

test: unit-tests mount-tests client-tests

# Also makes the programs that the mount tests and the client tests run.
.PHONY: debug-build
debug-build:
	scripts/install-packages.sh test
	$(SWIFT_BUILD) --build-tests
	$(SWIFT_BUILD) --product uploadfs
	$(SWIFT_BUILD) --product uploadfs-test-server
	$(SWIFT_BUILD) --product upload-generated-image

unit-tests: debug-build
	scripts/swift-test.sh --skip-build --skip '^(MountTests|CrashTests|ModelTests|UploadFilesystemTests)\.'

# The ways on which the mount tests run: with kernel passthrough, and with every read and write through the mount's process. The
# model tests take both by themselves.
PASSTHROUGH ?= $(shell scripts/passthrough-ways.sh)

# One after the other: they measure times, kill processes, and block their thread while a program runs.
mount-tests: debug-build
	for way in $(PASSTHROUGH); do \
	    echo "Kernel passthrough: $$way"; \
	    UPLOADFS_TEST_PASSTHROUGH=$$way scripts/swift-test.sh --skip-build --no-parallel \
	        --filter '^(MountTests|CrashTests|UploadFilesystemTests)\.' || exit; \
	done
	scripts/swift-test.sh --skip-build --no-parallel --filter '^ModelTests\.'

# The mount, built with ThreadSanitizer, under many threads and programs.
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

# The pages of the libraries' public interface, for `docc preview` or a web server.
docs: debug-build
	scripts/documentation.sh

bench: build
	scripts/install-packages.sh bench
	Benchmarks/run.py

install:
	install -D --mode=755 .build/release/uploadfs $(DESTDIR)$(PREFIX)/bin/uploadfs
	install -D --mode=755 mount-helpers/mount.uploadfs $(DESTDIR)$(SBINDIR)/mount.uploadfs
	ln --symbolic --force mount.uploadfs $(DESTDIR)$(SBINDIR)/mount.fuse.uploadfs

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/uploadfs $(DESTDIR)$(SBINDIR)/mount.uploadfs $(DESTDIR)$(SBINDIR)/mount.fuse.uploadfs

clean:
	swift package clean
	rm -rf $(CLIENT_VENV)
