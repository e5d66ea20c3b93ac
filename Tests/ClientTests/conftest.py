"""Starts the test server that the build made, on a free port and an empty directory, and hands out clients for it."""

import os
import pathlib
import random
import select
import signal
import subprocess

import pytest
import requests
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

BLOCK = 256 * 1024
PACKAGE = pathlib.Path(__file__).resolve().parents[2]


def server_binary():
    """UPLOADFS_TEST_SERVER, else the newest of the builds."""
    if named := os.environ.get("UPLOADFS_TEST_SERVER"):
        return named
    builds = [PACKAGE / ".build" / kind / "uploadfs-test-server" for kind in ("debug", "release")]
    built = [path for path in builds if path.exists()]
    if not built:
        pytest.exit("uploadfs-test-server is not built: swift build --product uploadfs-test-server", returncode=1)
    return str(max(built, key=lambda path: path.stat().st_mtime))


class Server:
    """A running test server, and the requests that control it."""

    def __init__(self, root):
        self.root = root
        self.start()

    def start(self):
        command = [server_binary(), "--root", str(self.root), "--bucket", "other"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        ready, _, _ = select.select([self.process.stdout], [], [], 60)
        line = self.process.stdout.readline() if ready else ""
        assert line.startswith("listening on http://127.0.0.1:"), f"the server said: {line!r}"
        self.url = line.split()[-1]

    def stop(self):
        self.process.terminate()
        assert self.process.wait(60) == 0
        self.process.stdout.close()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(60)
        self.process.stdout.close()

    @property
    def upload_url(self):
        return f"{self.url}/upload/storage/v1/b/demo/o"

    def fault(self, kind, times=1, skip=0, key=None, **action):
        """Replaces all faults by one."""
        faults = [{"kind": kind, "key": key, "skip": skip, "times": times, "action": action}]
        requests.post(f"{self.url}/_test/faults", json=faults).raise_for_status()

    def box(self, **settings):
        """Sets the Box service; what is left out gets its default."""
        requests.post(f"{self.url}/_test/box", json=settings).raise_for_status()

    def reset(self):
        self.box()
        requests.delete(f"{self.url}/_test/faults").raise_for_status()
        requests.post(f"{self.url}/_test/counters/reset").raise_for_status()

    def counters(self):
        return requests.get(f"{self.url}/_test/counters").json()

    def counted(self, key, bucket="demo"):
        return self.counters()["objects"][f"{bucket}/{key}"]

    def stored(self, key, bucket="demo"):
        """The bytes of an object whose key needs no escaping, as they lie on disk."""
        return (self.root / "objects" / bucket / key).read_bytes()


@pytest.fixture(scope="session")
def running_server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("server"))
    yield server
    server.stop()


@pytest.fixture
def server(running_server):
    running_server.reset()
    yield running_server
    running_server.reset()


@pytest.fixture
def own_server(tmp_path):
    """A server that a test may kill and start again."""
    server = Server(tmp_path / "root")
    yield server
    server.stop()


@pytest.fixture
def http():
    with requests.Session() as session:
        yield session


@pytest.fixture
def client(server):
    return storage.Client(project="test", credentials=AnonymousCredentials(), client_options={"api_endpoint": server.url})


@pytest.fixture
def bucket(client):
    return client.bucket("demo")


@pytest.fixture
def key(request):
    """A key of the test's own."""
    return "".join(letter if letter.isalnum() else "-" for letter in request.node.name)


def content(length, seed=1):
    """The same bytes for the same arguments, and nothing that repeats."""
    return random.Random(seed).randbytes(length)
