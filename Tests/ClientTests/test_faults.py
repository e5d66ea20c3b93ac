"""The test server's own faults and counters."""

import socket

import pytest
import requests

from conftest import BLOCK, content


@pytest.fixture
def uri(server, http, key):
    answer = http.post(server.upload_url, params={"uploadType": "resumable", "name": key})
    return answer.headers["Location"]


def put(http, uri, data, content_range, **arguments):
    return http.put(uri, data=data, headers={"Content-Range": f"bytes {content_range}"}, **arguments)


def upload(server, http, key, data=b"text"):
    return http.post(server.upload_url, params={"uploadType": "media", "name": key}, data=data)


def test_status(server, http, key):
    server.fault("media", status=403, reason="rateLimitExceeded", retry_after=7)
    answer = upload(server, http, key)
    assert (answer.status_code, answer.headers["Retry-After"]) == (403, "7")
    assert answer.json()["error"]["errors"][0]["reason"] == "rateLimitExceeded"
    server.fault("media", status=500, body="plain words")
    assert upload(server, http, key).text == "plain words"
    assert upload(server, http, key).status_code == 200


def test_skip_times_and_key(server, http):
    server.fault("media", key="hit", skip=1, times=2, status=503)
    assert [upload(server, http, "hit").status_code for _ in range(4)] == [200, 503, 503, 200]
    server.fault("media", key="hit", times=None, status=503)
    assert [upload(server, http, key).status_code for key in ("hit", "other", "hit")] == [503, 200, 503]


def test_unknown_field_is_refused(server, http):
    for fault in ({"kind": "part", "action": {"statsu": 503}}, {"kind": "prat", "action": {}}, {"kind": "part"}):
        answer = http.post(f"{server.url}/_test/faults", json=[fault])
        assert answer.status_code == 400


def test_stall_ends_when_the_client_goes_away(server, http, uri, key):
    server.fault("part", stall_after_bytes=2 * BLOCK)
    with pytest.raises(requests.exceptions.RequestException):
        put(http, uri, content(64 * BLOCK), f"0-{64 * BLOCK - 1}/*", timeout=0.5)
    answer = http.put(uri, headers={"Content-Range": "bytes */*"})
    assert answer.headers["Range"] == f"bytes=0-{2 * BLOCK - 1}"


def test_later_request_takes_over_from_a_stalled_one(server, http, uri, key):
    server.fault("part", stall_after_bytes=BLOCK + 10)
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as stalled:
        path = uri.removeprefix(server.url)
        head = f"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {4 * BLOCK}\r\nContent-Range: bytes 0-{4 * BLOCK - 1}/*\r\n\r\n"
        stalled.sendall(head.encode() + content(4 * BLOCK)[: BLOCK + 10])
        while server.counted(key)["body_bytes"] < BLOCK + 10:
            pass
        answer = http.put(uri, headers={"Content-Range": "bytes */*"})
        assert answer.headers["Range"] == f"bytes=0-{BLOCK - 1}"
        rest = content(4 * BLOCK)[BLOCK:]
        assert put(http, uri, rest, f"{BLOCK}-{4 * BLOCK - 1}/{4 * BLOCK}").status_code == 200
    assert server.stored(key) == content(4 * BLOCK)


def test_lost_final_answer(server, http, uri, key):
    server.fault("part", lose_answer=True)
    with pytest.raises(requests.exceptions.ConnectionError):
        put(http, uri, b"text", "0-3/4")
    assert http.put(uri, headers={"Content-Range": "bytes */*"}).json()["size"] == "4"


@pytest.mark.parametrize("status", [404, 410])
def test_lost_session(server, http, uri, status):
    server.fault("probe", lose_session=status)
    assert http.put(uri, headers={"Content-Range": "bytes */*"}).status_code == status
    assert put(http, uri, b"text", "0-3/4").status_code == status


def test_range_beyond_what_was_sent(server, http, uri):
    server.fault("part", range_beyond=BLOCK)
    assert put(http, uri, content(BLOCK), f"0-{BLOCK - 1}/*").headers["Range"] == f"bytes=0-{2 * BLOCK - 1}"


def test_part_that_is_forgotten(server, http, uri, key):
    put(http, uri, content(BLOCK), f"0-{BLOCK - 1}/*")
    server.fault("part", no_range=True)
    answer = put(http, uri, content(BLOCK), f"{BLOCK}-{2 * BLOCK - 1}/*")
    assert (answer.status_code, "Range" in answer.headers) == (308, False)
    assert put(http, uri, content(2 * BLOCK), f"0-{2 * BLOCK - 1}/{2 * BLOCK}").status_code == 200
    assert server.stored(key) == content(2 * BLOCK)


def test_garbage(server, http, uri):
    server.fault("part", garbage=True)
    answer = put(http, uri, b"text", "0-3/4")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html")
    assert put(http, uri, b"text", "0-3/4").json()["size"] == "4"


def test_wrong_digest(server, http, key):
    server.fault("media", wrong_crc32c=True)
    wrong = upload(server, http, key).json()["crc32c"]
    assert wrong != upload(server, http, key).json()["crc32c"]


def test_slow_body(server, http, key):
    server.fault("media", bytes_per_second=1_000_000)
    answer = upload(server, http, key, content(200_000))
    assert 0.2 <= answer.elapsed.total_seconds() < 5
    server.fault("media", delay_ms=150)
    assert upload(server, http, key).elapsed.total_seconds() >= 0.15


def test_counters(server, http, key):
    upload(server, http, key, content(1000))
    http.get(f"{server.url}/storage/v1/b/demo/o/{key}")
    counters = server.counters()
    assert counters["objects"] == {
        f"demo/{key}": {"requests": 2, "body_bytes": 1000, "resent_bytes": 0, "requests_by_kind": {"media": 1, "get": 1}}
    }
    assert (counters["requests"], counters["body_bytes"]) == (2, 1000)
    assert counters["connections"] >= 1


@pytest.mark.parametrize("kind, method", [("probe", "PUT"), ("abort", "DELETE")])
def test_requests_without_content_break_at_once(server, http, uri, kind, method):
    headers = {"Content-Range": "bytes */*"}
    server.fault(kind, reset_after_bytes=0)
    with pytest.raises(requests.exceptions.ConnectionError):
        http.request(method, uri, headers=headers)
    server.fault(kind, stall_after_bytes=0)
    with pytest.raises(requests.exceptions.ReadTimeout):
        http.request(method, uri, headers=headers, timeout=0.2)


def test_download_that_breaks_off(server, http, key):
    data = content(1_000_000)
    upload(server, http, key, data)
    server.fault("download", reset_after_bytes=300_000)
    with pytest.raises(requests.exceptions.RequestException):
        http.get(f"{server.url}/storage/v1/b/demo/o/{key}?alt=media")
    assert http.get(f"{server.url}/storage/v1/b/demo/o/{key}?alt=media").content == data
