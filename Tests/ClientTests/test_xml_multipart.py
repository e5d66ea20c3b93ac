"""Google's clients of Cloud Storage's XML multipart API against the test server."""

import base64
import hashlib
import urllib.parse

import google_crc32c
import pytest
import requests
from google.cloud.storage import transfer_manager
from google.resumable_media import InvalidResponse
from google.resumable_media.requests import XMLMPUContainer, XMLMPUPart

from conftest import content

PART = 5 * 1024 * 1024
KEY = base64.b64encode(b"k" * 32).decode()


def crc32c(data):
    return base64.b64encode(google_crc32c.value(data).to_bytes(4, "big")).decode()


def object_url(server, key):
    return f"{server.url}/demo/{urllib.parse.quote(key)}"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "file.bin"
    path.write_bytes(content(2 * PART + 1234))
    return path


def begin(server, http, key, file, **headers):
    container = XMLMPUContainer(object_url(server, key), str(file), headers={name.replace("_", "-"): value for name, value in headers.items()})
    container.initiate(http, "text/x-test")
    return container


def send(container, http, number, checksum="crc32c", headers=None):
    start = (number - 1) * PART
    path = container._filename
    end = min(start + PART, len(open(path, "rb").read()))
    part = XMLMPUPart(container.upload_url, container.upload_id, path, start, end, number, headers=headers, checksum=checksum)
    part.upload(http)
    container.register_part(number, part.etag)


@pytest.mark.parametrize("length", [1, PART, 2 * PART + 1])
def test_upload_in_parallel(server, client, bucket, key, tmp_path, length):
    path = tmp_path / "file"
    path.write_bytes(content(length))
    blob = bucket.blob(f"{key}/a b+ü")
    blob.metadata = {"colour": "blue"}
    blob.storage_class = "NEARLINE"
    transfer_manager.upload_chunks_concurrently(
        str(path), blob, content_type="text/x-test", chunk_size=PART, worker_type=transfer_manager.THREAD, max_workers=3)
    blob.reload()
    assert (blob.size, blob.content_type, blob.metadata, blob.storage_class) == (length, "text/x-test", {"colour": "blue"}, "NEARLINE")
    assert blob.crc32c == crc32c(path.read_bytes())
    # Only an object that came in one piece has an MD5.
    assert blob.md5_hash is None
    assert blob.download_as_bytes() == path.read_bytes()
    assert [found.name for found in client.list_blobs("demo", prefix=f"{key}/")] == [blob.name]
    assert server.counters()["requests_by_kind"]["part"] == -(length // -PART)


def test_a_part_that_fails_is_sent_again(server, bucket, key, file):
    server.fault("part", status=503, skip=1)
    blob = bucket.blob(key)
    transfer_manager.upload_chunks_concurrently(
        str(file), blob, chunk_size=PART, worker_type=transfer_manager.THREAD, max_workers=2)
    assert server.stored(key) == file.read_bytes()
    assert server.counted(key)["requests_by_kind"]["part"] == 4
    assert server.counted(key)["resent_bytes"] == 0


def test_an_upload_that_is_refused_is_dropped(server, bucket, key, file):
    server.fault("part", status=403, skip=1, times=None)
    with pytest.raises(Exception, match="403"):
        transfer_manager.upload_chunks_concurrently(
            str(file), bucket.blob(key), chunk_size=PART, worker_type=transfer_manager.THREAD, max_workers=2)
    assert server.counted(key)["requests_by_kind"]["abort"] == 1
    assert not bucket.blob(key).exists()


@pytest.mark.parametrize("checksum", ["crc32c", "md5"])
def test_parts_in_any_order(server, http, key, file, checksum):
    container = begin(server, http, key, file)
    for number in [3, 1, 2]:
        send(container, http, number, checksum)
    container._parts = dict(sorted(container._parts.items()))
    container.finalize(http)
    assert server.stored(key) == file.read_bytes()
    answer = requests.head(object_url(server, key))
    assert answer.headers["x-goog-hash"] == f"crc32c={crc32c(file.read_bytes())}"
    assert answer.headers["content-type"] == "text/x-test"


def test_the_order_is_checked(server, http, key, file):
    container = begin(server, http, key, file)
    for number in [2, 1]:
        send(container, http, number)
    with pytest.raises(InvalidResponse) as refusal:
        container.finalize(http)
    assert "InvalidPartOrder" in refusal.value.response.text
    container.cancel(http)


def test_a_cancelled_upload_is_gone(server, http, key, file):
    container = begin(server, http, key, file)
    send(container, http, 1)
    container.cancel(http)
    with pytest.raises(InvalidResponse) as refusal:
        send(container, http, 2)
    assert "NoSuchUpload" in refusal.value.response.text


def test_digests_are_checked_and_answered(server, http, key, file):
    container = begin(server, http, key, file)
    url = f"{container.upload_url}?partNumber=1&uploadId={container.upload_id}"
    refused = http.put(url, data=b"123456789", headers={"x-goog-hash": "crc32c=AAAAAA=="})
    assert refused.status_code == 400 and "BadDigest" in refused.text
    taken = http.put(url, data=b"123456789", headers={"x-goog-hash": "crc32c=4waSgw=="})
    assert taken.status_code == 200 and "crc32c=4waSgw==" in taken.headers["x-goog-hash"]
    container.cancel(http)


def test_a_wrong_digest_in_the_answer_is_noticed(server, http, key, file):
    server.fault("part", wrong_crc32c=True)
    container = begin(server, http, key, file)
    with pytest.raises(Exception, match="CRC32C"):
        send(container, http, 1)
    container.cancel(http)


def test_parts_are_listed(server, http, key, file):
    container = begin(server, http, key, file)
    for number in [1, 3]:
        send(container, http, number)
    listing = http.get(f"{container.upload_url}?uploadId={container.upload_id}&max-parts=1")
    assert "<IsTruncated>true</IsTruncated>" in listing.text and "<NextPartNumberMarker>1</NextPartNumberMarker>" in listing.text
    rest = http.get(f"{container.upload_url}?uploadId={container.upload_id}&part-number-marker=1")
    assert "<PartNumber>3</PartNumber>" in rest.text and "<Size>1234</Size>" in rest.text
    container.cancel(http)


def test_small_parts_are_refused(server, http, key, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(content(10))
    container = begin(server, http, key, path)
    for number in [1, 2]:
        answer = http.put(f"{container.upload_url}?partNumber={number}&uploadId={container.upload_id}", data=b"small")
        container.register_part(number, answer.headers["etag"])
    with pytest.raises(InvalidResponse) as refusal:
        container.finalize(http)
    assert "EntityTooSmall" in refusal.value.response.text
    container.cancel(http)


def test_a_key_of_the_clients_own(server, http, key, file):
    headers = {
        "x-goog-encryption-algorithm": "AES256", "x-goog-encryption-key": KEY,
        "x-goog-encryption-key-sha256": base64.b64encode(hashlib.sha256(b"k" * 32).digest()).decode(),
    }
    container = begin(server, http, key, file, **headers)
    with pytest.raises(InvalidResponse):
        send(container, http, 1)
    for number in [1, 2, 3]:
        send(container, http, number, headers=headers)
    container.finalize(http)
    assert requests.get(object_url(server, key)).status_code == 400
    assert requests.get(object_url(server, key), headers=headers).content == file.read_bytes()


def test_errors_of_the_api(server, http, key):
    assert "NoSuchKey" in http.get(object_url(server, "nowhere")).text
    assert http.head(f"{server.url}/demo").status_code == 200
    wrong = http.get(object_url(server, "nowhere"), headers={"Authorization": "Bearer other"})
    assert wrong.status_code == 401
    refused = http.put(object_url(server, key), data=b"x", headers={"x-goog-if-generation-match": "0"})
    assert refused.status_code == 400


def test_an_error_inside_of_an_answer_that_looks_good(server, http, key, file):
    container = begin(server, http, key, file)
    send(container, http, 1)
    server.fault("commit", error_inside="InternalError")
    answer = http.post(f"{container.upload_url}?uploadId={container.upload_id}", data=b"")
    assert answer.status_code == 200 and "<Code>InternalError</Code>" in answer.text
    container.finalize(http)
    assert server.stored(key) == file.read_bytes()[:PART]
