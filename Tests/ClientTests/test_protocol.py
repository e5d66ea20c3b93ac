"""The rules of the protocol that those clients do not reach, as plain requests."""

import socket

import pytest
import requests

from conftest import BLOCK, content


@pytest.fixture
def begin(server, http):
    def begin(key, headers={}, json={}, **query):
        answer = http.post(
            server.upload_url, params={"uploadType": "resumable", "name": key, **query}, headers=headers, json=json
        )
        answer.raise_for_status()
        assert answer.content == b""
        return answer.headers["Location"]

    return begin


def put(http, uri, data=b"", content_range=None, **headers):
    if content_range:
        headers["Content-Range"] = f"bytes {content_range}"
    return http.put(uri, data=data, headers={name.replace("_", "-"): value for name, value in headers.items()})


def persisted(http, uri):
    answer = put(http, uri, content_range="*/*")
    assert answer.status_code == 308
    return int(answer.headers["Range"].removeprefix("bytes=0-")) + 1 if "Range" in answer.headers else 0


def test_question(http, begin, key):
    uri = begin(key)
    answer = put(http, uri, content_range="*/*")
    assert (answer.status_code, "Range" in answer.headers) == (308, False)
    put(http, uri, content(BLOCK), f"0-{BLOCK - 1}/*")
    answer = put(http, uri, content_range="*/*")
    assert (answer.status_code, answer.headers["Range"]) == (308, f"bytes=0-{BLOCK - 1}")


def test_location_has_the_host_that_was_asked(server, http):
    port = server.url.rsplit(":", 1)[1]
    answer = http.post(f"http://localhost:{port}/upload/storage/v1/b/demo/o?uploadType=resumable&name=a")
    assert answer.headers["Location"].startswith(f"http://localhost:{port}/upload/storage/v1/b/demo/o?")


def test_total_that_is_not_reached_is_a_question(http, begin, key):
    uri = begin(key)
    put(http, uri, content(BLOCK), f"0-{BLOCK - 1}/*")
    assert put(http, uri, content_range=f"*/{2 * BLOCK}").status_code == 308
    assert persisted(http, uri) == BLOCK


def test_total_that_is_reached_completes(server, http, begin, key):
    uri = begin(key)
    put(http, uri, content(BLOCK), f"0-{BLOCK - 1}/*")
    answer = put(http, uri, content_range=f"*/{BLOCK}")
    assert (answer.status_code, answer.json()["size"]) == (200, str(BLOCK))
    assert server.stored(key) == content(BLOCK)


def test_completed_session_stays_queryable(server, http, begin, key):
    uri = begin(key)
    resource = put(http, uri, b"text", "0-3/4").json()
    for content_range in ["*/*", "*/4"]:
        assert put(http, uri, content_range=content_range).json() == resource
    assert put(http, uri, b"text", "0-3/4").json() == resource
    assert server.counters()["requests_by_kind"]["probe"] == 2


def test_no_content_range_is_the_whole_remainder(server, http, begin, key):
    assert put(http, begin(key), content(BLOCK + 1)).status_code == 200
    assert server.stored(key) == content(BLOCK + 1)


def test_post_works_like_put(server, http, begin, key):
    assert http.post(begin(key), data=b"text", headers={"Content-Range": "bytes 0-3/4"}).status_code == 200
    assert server.stored(key) == b"text"


def test_chunked_body(server, http, begin, key):
    uri = begin(key)
    pieces = (content(1000, seed) for seed in range(10))
    assert http.put(uri, data=pieces, headers={"Content-Range": "bytes 0-9999/10000"}).status_code == 200
    assert server.stored(key) == b"".join(content(1000, seed) for seed in range(10))


@pytest.mark.parametrize("length", [1, BLOCK - 1, BLOCK + 1])
def test_part_that_is_no_multiple_of_256_kib(http, begin, key, length):
    uri = begin(key)
    answer = put(http, uri, content(length), f"0-{length - 1}/*")
    assert answer.status_code == 400
    assert "262144" in answer.json()["error"]["message"]
    assert persisted(http, uri) == 0


def test_part_beyond_the_offset(http, begin, key):
    uri = begin(key)
    put(http, uri, content(BLOCK), f"0-{BLOCK - 1}/*")
    answer = put(http, uri, content(BLOCK), f"{2 * BLOCK}-{3 * BLOCK - 1}/*")
    assert answer.status_code == 503
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "content-range" in answer.text.lower()
    assert persisted(http, uri) == BLOCK


def test_resent_bytes_are_ignored(server, http, begin, key):
    data = content(3 * BLOCK)
    uri = begin(key)
    put(http, uri, data[: 2 * BLOCK], f"0-{2 * BLOCK - 1}/*")
    assert put(http, uri, bytes(BLOCK), f"0-{BLOCK - 1}/*").headers["Range"] == f"bytes=0-{2 * BLOCK - 1}"
    overlapping = bytes(BLOCK) + data[2 * BLOCK :]
    assert put(http, uri, overlapping, f"{BLOCK}-{3 * BLOCK - 1}/{3 * BLOCK}").status_code == 200
    assert server.stored(key) == data
    assert server.counted(key)["resent_bytes"] == 2 * BLOCK


def test_declared_length_is_held_to(http, begin, key):
    uri = begin(key, headers={"X-Upload-Content-Length": "100"})
    assert put(http, uri, b"text", "0-3/4").status_code == 400
    assert put(http, uri, content_range="*/4").status_code == 400
    assert put(http, uri, content(100), "0-99/100").status_code == 200


@pytest.mark.parametrize("content_range", ["0-4/4", "0-2/4", "3-1/4", "0-3/3", "x", "0-3", "-/4", "0-9/10"])
def test_bad_content_range(http, begin, key, content_range):
    assert put(http, begin(key), b"text", content_range).status_code == 400


def test_cancelled_session(server, http, begin, key):
    uri = begin(key)
    put(http, uri, content(BLOCK), f"0-{BLOCK - 1}/*")
    assert http.delete(uri).status_code == 499
    assert put(http, uri, content_range="*/*").status_code == 499
    assert put(http, uri, b"text", f"{BLOCK}-{BLOCK + 3}/{BLOCK + 4}").status_code == 499
    assert http.delete(uri).status_code == 499
    assert server.counted(key)["requests_by_kind"]["abort"] == 2


def test_unknown_session(server, http):
    assert put(http, f"{server.upload_url}?uploadType=resumable&upload_id=none", content_range="*/*").status_code == 404


def test_no_308(http, begin, key):
    uri = begin(key)
    answer = put(http, uri, content(BLOCK), f"0-{BLOCK - 1}/*", X_GUploader_No_308="yes")
    assert (answer.status_code, answer.headers["X-HTTP-Status-Code-Override"]) == (200, "308")
    assert answer.headers["Range"] == f"bytes=0-{BLOCK - 1}"


def test_digest_on_the_last_part(server, http, begin, key):
    uri = begin(key)
    answer = put(http, uri, b"123456789", "0-8/9", x_goog_hash="crc32c=AAAAAA==")
    assert answer.status_code == 400
    assert not (server.root / "objects" / "demo" / key).exists()
    assert put(http, begin(key), b"123456789", "0-8/9", x_goog_hash="crc32c=4waSgw==,md5=JfnnlDI7RTiF9RgfG2JNCw==").ok


@pytest.mark.parametrize("digest", [{"crc32c": "AAAAAA=="}, {"md5Hash": "AAAAAAAAAAAAAAAAAAAAAA=="}])
def test_digest_in_the_metadata(http, begin, key, digest):
    assert put(http, begin(key, json=digest), b"123456789", "0-8/9").status_code == 400


def test_precondition_is_evaluated_again_at_the_end(server, http, begin, key):
    uri = begin(key, ifGenerationMatch=0)
    http.post(server.upload_url, params={"uploadType": "media", "name": key}, data=b"theirs").raise_for_status()
    assert put(http, uri, b"ours", "0-3/4").status_code == 412
    assert server.stored(key) == b"theirs"
    late = http.post(server.upload_url, params={"uploadType": "resumable", "name": key, "ifGenerationMatch": 0})
    assert late.status_code == 412
    assert late.json()["error"]["errors"][0]["reason"] == "conditionNotMet"


def test_metadata_that_is_no_json(server, http):
    query = {"uploadType": "resumable", "name": "a"}
    assert http.post(server.upload_url, params=query, data=b"{}", headers={"Content-Type": "text/plain"}).status_code == 400
    assert http.post(server.upload_url, params=query, data=b"{", headers={"Content-Type": "application/json"}).status_code == 400


def test_upload_without_a_name_or_a_bucket(server, http):
    assert http.post(server.upload_url, params={"uploadType": "resumable"}).status_code == 400
    missing = server.upload_url.replace("/demo/", "/missing/")
    assert http.post(missing, params={"uploadType": "media", "name": "a"}, data=b"x").status_code == 404


def test_session_outlives_the_server(own_server, http, key):
    data = content(4 * BLOCK)
    begun = http.post(own_server.upload_url, params={"uploadType": "resumable", "name": key})
    query = begun.headers["Location"].split("?")[1]
    put(http, begun.headers["Location"], data[: 2 * BLOCK], f"0-{2 * BLOCK - 1}/*")
    own_server.kill()
    own_server.start()
    uri = f"{own_server.upload_url}?{query}"
    assert persisted(http, uri) == 2 * BLOCK
    assert put(http, uri, data[2 * BLOCK :], f"{2 * BLOCK}-{4 * BLOCK - 1}/{4 * BLOCK}").status_code == 200
    assert own_server.stored(key) == data
    own_server.kill()
    own_server.start()
    assert put(http, f"{own_server.upload_url}?{query}", content_range="*/*").json()["size"] == str(len(data))


def test_multipart_that_breaks_off_stores_nothing(server, http, key):
    body = b'--B\r\ncontent-type: application/json\r\n\r\n{"name":"%s"}\r\n--B\r\n\r\ntext' % key.encode()
    headers = {"Content-Type": "multipart/related; boundary=B"}
    query = {"uploadType": "multipart"}
    assert http.post(server.upload_url, params=query, data=body, headers=headers).status_code == 400
    assert not (server.root / "objects" / "demo" / key).exists()
    assert http.post(server.upload_url, params=query, data=body + b"\r\n--B--", headers=headers).status_code == 200
    assert server.stored(key) == b"text"


def test_unsatisfiable_range(server, http, key):
    http.post(server.upload_url, params={"uploadType": "media", "name": key}, data=b"text").raise_for_status()
    answer = http.get(f"{server.url}/storage/v1/b/demo/o/{key}?alt=media", headers={"Range": "bytes=4-"})
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, "bytes */4")
    tail = http.get(f"{server.url}/storage/v1/b/demo/o/{key}?alt=media", headers={"Range": "bytes=-2"})
    assert (tail.status_code, tail.content, tail.headers["Content-Range"]) == (206, b"xt", "bytes 2-3/4")


def test_expect_continue(server, key):
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        path = f"/upload/storage/v1/b/demo/o?uploadType=media&name={key}"
        connection.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n".encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 Continue\r\n")
        connection.sendall(b"text")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 OK\r\n")
    assert server.stored(key) == b"text"


def test_session_whose_end_was_refused_is_gone(http, begin, key):
    uri = begin(key)
    assert put(http, uri, b"text", "0-3/4", x_goog_hash="crc32c=AAAAAA==").status_code == 400
    assert put(http, uri, content_range="*/*").status_code == 410
