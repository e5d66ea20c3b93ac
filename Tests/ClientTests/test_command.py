"""The program itself: its options, its port file, its end."""

import json
import subprocess

import pytest
import requests

from conftest import server_binary


def run(*arguments):
    return subprocess.run([server_binary(), *arguments], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--root", "x", "--listen", "0.0.0.0:80"], "127.0.0.1 only"),
        (["--root", "x", "--listen", "127.0.0.1"], "no port"),
        (["--root", "x", "--listen", "127.0.0.1:70000"], "no port"),
        (["--root", "x", "--frobnicate"], "--frobnicate"),
        (["--root", "x", "--bucket", "A B"], "no bucket"),
        (["--root", "x", "--faults", "/nonexistent"], "/nonexistent"),
        ([], "--root"),
    ],
)
def test_bad_options(arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = run(*arguments)
    assert ended.returncode == 64
    assert words in ended.stderr
    assert ended.stdout == ""


def test_port_in_use(server, tmp_path):
    ended = run("--root", str(tmp_path / "root"), "--listen", server.url.removeprefix("http://"))
    assert ended.returncode == 1
    assert "Cannot listen on 127.0.0.1" in ended.stderr


def test_root_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    ended = run("--root", str(tmp_path / "file" / "root"))
    assert ended.returncode == 1
    assert "Not a directory" in ended.stderr


def test_port_file_and_faults(tmp_path):
    (tmp_path / "faults").write_text(json.dumps([{"kind": "bucket", "action": {"status": 418}}]))
    command = [server_binary(), "--root", tmp_path / "root", "--port-file", tmp_path / "port", "--faults", tmp_path / "faults"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().split()[-1]
        assert url == f"http://127.0.0.1:{(tmp_path / 'port').read_text().strip()}"
        assert requests.get(f"{url}/storage/v1/b/demo").status_code == 418
        assert requests.get(f"{url}/storage/v1/b/demo").status_code == 200
        process.terminate()
        assert process.wait(60) == 0
