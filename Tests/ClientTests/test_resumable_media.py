"""google-resumable-media against the test server."""

import io
import urllib.parse

import pytest
import requests
from google.resumable_media import InvalidResponse
from google.resumable_media.common import RetryStrategy
from google.resumable_media.requests import ChunkedDownload, Download, MultipartUpload, ResumableUpload, SimpleUpload

from conftest import BLOCK, content

NO_RETRY = RetryStrategy(max_retries=0)


def begin(server, http, key, data, chunk_size=BLOCK, **arguments):
    upload = ResumableUpload(f"{server.upload_url}?uploadType=resumable", chunk_size, checksum="crc32c")
    upload._retry_strategy = NO_RETRY
    stream = io.BytesIO(data)
    upload.initiate(http, stream, {"name": key}, "application/x-test", **arguments)
    return upload


def finish(upload, http):
    while not upload.finished:
        response = upload.transmit_next_chunk(http)
    return response.json()


def media_url(server, key):
    return f"{server.url}/download/storage/v1/b/demo/o/{urllib.parse.quote(key, safe='')}?alt=media"


def test_simple_upload(server, http, key):
    data = content(100_000)
    upload = SimpleUpload(f"{server.upload_url}?uploadType=media&name={key}")
    resource = upload.transmit(http, data, "text/x-test").json()
    assert (resource["size"], resource["contentType"]) == ("100000", "text/x-test")
    assert server.stored(key) == data
    assert server.counted(key)["requests_by_kind"] == {"media": 1}


@pytest.mark.parametrize("checksum", ["crc32c", "md5"])
def test_multipart_upload(server, http, key, checksum):
    data = content(300_000) + b"\r\n--=====\r\n" + content(1000)
    upload = MultipartUpload(f"{server.upload_url}?uploadType=multipart", checksum=checksum)
    resource = upload.transmit(http, data, {"name": key, "metadata": {"a": "b"}}, "text/x-test").json()
    assert resource["metadata"] == {"a": "b"}
    assert server.stored(key) == data
    assert server.counted(key)["body_bytes"] == len(data)


@pytest.mark.parametrize("length", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 1_000_000])
def test_resumable_upload(server, http, key, length):
    data = content(length)
    resource = finish(begin(server, http, key, data), http)
    assert resource["size"] == str(length)
    assert server.stored(key) == data
    assert server.counted(key)["body_bytes"] == length


@pytest.mark.parametrize("length", [0, 1, BLOCK, 2 * BLOCK, 2 * BLOCK + 1])
def test_resumable_upload_of_unknown_length(server, http, key, length):
    data = content(length)
    finish(begin(server, http, key, data, stream_final=False), http)
    assert server.stored(key) == data


def test_recover_after_503(server, http, key):
    data = content(5 * BLOCK)
    upload = begin(server, http, key, data)
    upload.transmit_next_chunk(http)
    server.fault("part", status=503)
    with pytest.raises(InvalidResponse):
        upload.transmit_next_chunk(http)
    upload.recover(http)
    assert upload.bytes_uploaded == BLOCK
    finish(upload, http)
    assert server.stored(key) == data


def test_recover_after_a_reset_keeps_whole_blocks(server, http, key):
    data = content(20 * BLOCK)
    upload = begin(server, http, key, data, chunk_size=16 * BLOCK)
    server.fault("part", reset_after_bytes=5 * BLOCK + 1000)
    with pytest.raises(requests.exceptions.ConnectionError):
        upload.transmit_next_chunk(http)
    upload._invalid = True
    upload.recover(http)
    assert upload.bytes_uploaded == 5 * BLOCK
    finish(upload, http)
    assert server.stored(key) == data
    assert server.counted(key)["resent_bytes"] == 0


def test_recover_in_another_process(server, http, key):
    data = content(6 * BLOCK + 5)
    first = begin(server, http, key, data)
    first.transmit_next_chunk(http)
    first.transmit_next_chunk(http)

    second = ResumableUpload(first.upload_url, BLOCK)
    second._resumable_url = first.resumable_url
    second._stream = io.BytesIO(data)
    second._content_type = "application/x-test"
    second._total_bytes = len(data)
    second._invalid = True
    second.recover(http)
    assert second.bytes_uploaded == 2 * BLOCK
    finish(second, http)
    assert server.stored(key) == data
    assert server.counted(key)["body_bytes"] == len(data)


def test_recover_after_a_short_part(server, http, key):
    data = content(8 * BLOCK)
    upload = begin(server, http, key, data, chunk_size=4 * BLOCK)
    server.fault("part", persist_bytes=100_000)
    upload.transmit_next_chunk(http)
    assert upload.bytes_uploaded == 100_000
    upload._invalid = True
    upload.recover(http)
    assert upload.bytes_uploaded == 100_000
    upload._checksum_object = upload._checksum_type = None
    finish(upload, http)
    assert server.stored(key) == data


def test_lost_answer_to_a_part(server, http, key):
    data = content(3 * BLOCK)
    upload = begin(server, http, key, data)
    server.fault("part", lose_answer=True)
    with pytest.raises(requests.exceptions.ConnectionError):
        upload.transmit_next_chunk(http)
    upload._invalid = True
    upload.recover(http)
    assert upload.bytes_uploaded == BLOCK
    finish(upload, http)
    assert server.stored(key) == data
    assert server.counted(key)["body_bytes"] == len(data)


def test_nothing_persisted(server, http, key):
    data = content(3 * BLOCK)
    upload = begin(server, http, key, data)
    upload.transmit_next_chunk(http)
    server.fault("probe", no_range=True)
    upload._invalid = True
    upload.recover(http)
    assert upload.bytes_uploaded == 0
    finish(upload, http)
    assert server.stored(key) == data


def test_cancel(server, http, key):
    upload = begin(server, http, key, content(3 * BLOCK))
    upload.transmit_next_chunk(http)
    assert server.counters()["open_sessions"] >= 1
    assert http.delete(upload.resumable_url).status_code == 499
    with pytest.raises(InvalidResponse) as refusal:
        upload.transmit_next_chunk(http)
    assert refusal.value.response.status_code == 499


@pytest.mark.parametrize("first, last", [(0, 0), (0, None), (17, 70_000), (999_999, 999_999), (999_000, 5_000_000)])
def test_download_of_a_range(server, http, key, first, last):
    data = content(1_000_000)
    SimpleUpload(f"{server.upload_url}?uploadType=media&name={key}").transmit(http, data, "text/x-test")
    stream = io.BytesIO()
    Download(media_url(server, key), stream=stream, start=first, end=last).consume(http)
    assert stream.getvalue() == data[first : None if last is None else last + 1]


@pytest.mark.parametrize("checksum", ["crc32c", "md5"])
def test_download_with_digest(server, http, key, checksum):
    data = content(3_000_000)
    SimpleUpload(f"{server.upload_url}?uploadType=media&name={key}").transmit(http, data, "text/x-test")
    stream = io.BytesIO()
    Download(media_url(server, key), stream=stream, checksum=checksum).consume(http)
    assert stream.getvalue() == data


def test_chunked_download(server, http, key):
    data = content(1_000_001)
    SimpleUpload(f"{server.upload_url}?uploadType=media&name={key}").transmit(http, data, "text/x-test")
    stream = io.BytesIO()
    download = ChunkedDownload(media_url(server, key), 300_000, stream)
    while not download.finished:
        download.consume_next_chunk(http)
    assert stream.getvalue() == data
    assert download.total_bytes == len(data)
