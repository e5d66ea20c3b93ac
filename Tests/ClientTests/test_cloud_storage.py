"""google-cloud-storage against the test server."""

import io

import pytest
from google.api_core.exceptions import Conflict, GoogleAPICallError, NotFound, PreconditionFailed
from google.cloud.storage.retry import DEFAULT_RETRY

from conftest import BLOCK, content

# More than the client sends in one request.
LARGE = (9 << 20) + 7
QUICK = DEFAULT_RETRY.with_delay(initial=0.01, maximum=0.02).with_timeout(60)


class Pipe(io.RawIOBase):
    """A stream that tells neither its size nor its position ahead of time."""

    def __init__(self, data):
        self.data = io.BytesIO(data)

    def read(self, count=-1):
        return self.data.read(count)

    def tell(self):
        return self.data.tell()

    def readable(self):
        return True


def test_buckets(client):
    bucket = client.create_bucket("made-by-a-client")
    bucket.blob("a").upload_from_string("x")
    assert client.get_bucket("made-by-a-client").name == "made-by-a-client"
    with pytest.raises(Conflict):
        client.create_bucket("made-by-a-client")
    with pytest.raises(NotFound):
        client.get_bucket("no-such-bucket")


@pytest.mark.parametrize("name", ["dir/file.txt", "a b+c%2F&?#", "ünï/códe/☃", ".hidden", "x" * 1024, "ü" * 500])
def test_any_name(bucket, name):
    data = content(1000)
    blob = bucket.blob(name)
    blob.upload_from_string(data, checksum="crc32c")
    assert bucket.get_blob(name).size == 1000
    assert bucket.blob(name).download_as_bytes() == data
    assert name in [found.name for found in bucket.list_blobs(prefix=name[:1])]
    blob.delete()
    assert bucket.get_blob(name) is None


@pytest.mark.parametrize("length", [0, 1, 4096, 8 << 20, (8 << 20) + 1, 20_000_003])
def test_upload_from_filename(bucket, server, key, tmp_path, length):
    data = content(length)
    (tmp_path / "file.json").write_bytes(data)
    blob = bucket.blob(key)
    blob.metadata = {"from": "a file"}
    blob.upload_from_filename(tmp_path / "file.json", checksum="crc32c")
    assert server.stored(key) == data
    found = bucket.get_blob(key)
    assert (found.size, found.content_type, found.metadata) == (length, "application/json", {"from": "a file"})
    assert found.crc32c == blob.crc32c


def test_upload_in_chunks(bucket, server, key):
    data = content(LARGE)
    bucket.blob(key, chunk_size=1 << 20).upload_from_file(io.BytesIO(data), size=len(data))
    assert server.stored(key) == data
    assert server.counted(key)["requests_by_kind"] == {"begin": 1, "part": 10}


@pytest.mark.parametrize("length", [0, 2 * BLOCK, 2 * BLOCK + 1])
def test_upload_of_unknown_size(bucket, server, key, length):
    data = content(length)
    bucket.blob(key, chunk_size=BLOCK).upload_from_file(Pipe(data))
    assert server.stored(key) == data


def test_if_generation_match(bucket, key):
    blob = bucket.blob(key)
    blob.upload_from_string("first", if_generation_match=0)
    with pytest.raises(PreconditionFailed):
        blob.upload_from_string("second", if_generation_match=0)
    generation = blob.generation
    blob.upload_from_string("third", if_generation_match=generation)
    assert blob.generation > generation
    with pytest.raises(PreconditionFailed):
        blob.delete(if_generation_match=generation)
    with pytest.raises(PreconditionFailed):
        blob.upload_from_string(bytes(LARGE), if_generation_match=generation)
    assert bucket.blob(key).download_as_bytes() == b"third"


@pytest.mark.parametrize("action", [{"status": 503}, {"status": 429, "retry_after": 1}, {"reset_after_bytes": 300_000}, {"lose_answer": True}])
@pytest.mark.parametrize("skip", [0, 2, 4])
def test_parts_are_retried(bucket, server, key, action, skip):
    data = content(LARGE)
    server.fault("part", skip=skip, times=2, **action)
    bucket.blob(key, chunk_size=2 << 20).upload_from_file(io.BytesIO(data), size=len(data), retry=QUICK)
    assert server.stored(key) == data


@pytest.mark.parametrize("action", [{"status": 503}, {"reset_after_bytes": 1000}, {"lose_answer": True}])
def test_small_uploads_are_retried(bucket, server, key, action):
    data = content(100_000)
    server.fault("multipart", times=2, **action)
    bucket.blob(key).upload_from_string(data, retry=QUICK)
    assert server.stored(key) == data


def test_wrong_digest_is_noticed(bucket, server, key):
    server.fault("part", times=None, wrong_crc32c=True)
    with pytest.raises(Exception, match="Checksum mismatch|checksum"):
        bucket.blob(key, chunk_size=1 << 20).upload_from_string(content(LARGE), checksum="crc32c")


def test_session_is_lost(bucket, server, key):
    server.fault("part", lose_session=410)
    with pytest.raises(GoogleAPICallError) as refusal:
        bucket.blob(key, chunk_size=1 << 20).upload_from_string(content(LARGE), retry=QUICK)
    assert refusal.value.code == 410


def test_downloads(bucket, key, tmp_path):
    data = content(2_000_000)
    bucket.blob(key).upload_from_string(data)
    assert bucket.blob(key).download_as_bytes(checksum="crc32c") == data
    assert bucket.blob(key).download_as_bytes(start=100, end=199) == data[100:200]
    assert bucket.blob(key, chunk_size=BLOCK).download_as_bytes() == data
    bucket.blob(key).download_to_filename(tmp_path / "copy", checksum="md5")
    assert (tmp_path / "copy").read_bytes() == data


def test_listing(client):
    bucket = client.create_bucket("listed-by-a-client")
    names = ["a", "b/1", "b/2", "b/c/3", "d"]
    for name in names:
        bucket.blob(name).upload_from_string(name)
    assert [blob.name for blob in bucket.list_blobs()] == names
    assert [blob.name for blob in bucket.list_blobs(prefix="b/")] == ["b/1", "b/2", "b/c/3"]
    assert [blob.name for blob in bucket.list_blobs(page_size=2)] == names
    page = bucket.list_blobs(prefix="b/", delimiter="/", page_size=1)
    assert [blob.name for blob in page] == ["b/1", "b/2"]
    assert page.prefixes == {"b/c/"}


def test_rewrite(bucket, client, server, key):
    data = content(100_000)
    source = bucket.blob(key)
    source.metadata = {"kept": "yes"}
    source.upload_from_string(data, content_type="text/x-test")
    copy = client.bucket("other").blob(f"{key}-copy")
    token, rewritten, total = copy.rewrite(source)
    assert (token, rewritten, total) == (None, len(data), len(data))
    assert (copy.content_type, copy.metadata, copy.crc32c) == ("text/x-test", {"kept": "yes"}, source.crc32c)
    source.delete()
    assert server.stored(f"{key}-copy", "other") == data
    copy.rewrite(copy)
    assert copy.download_as_bytes() == data


def test_copy_and_rename(bucket, client, key):
    blob = bucket.blob(key)
    blob.upload_from_string("text")
    bucket.copy_blob(blob, client.bucket("other"), f"{key}-copied")
    bucket.rename_blob(blob, f"{key}-renamed")
    assert bucket.get_blob(key) is None
    assert bucket.blob(f"{key}-renamed").download_as_bytes() == b"text"
    assert client.bucket("other").blob(f"{key}-copied").download_as_bytes() == b"text"


def test_metadata_changes(bucket, key):
    blob = bucket.blob(key)
    blob.metadata = {"a": "1", "b": "2"}
    blob.upload_from_string("text", content_type="text/plain")
    blob.metadata = {"a": "3", "b": None}
    blob.cache_control = "no-store"
    blob.patch(if_metageneration_match=1)
    found = bucket.get_blob(key)
    assert (found.metadata, found.cache_control, found.metageneration) == ({"a": "3"}, "no-store", 2)
    assert found.content_type == "text/plain"


def test_delete(bucket, server, key):
    blob = bucket.blob(key)
    blob.upload_from_string("text")
    blob.delete()
    assert not (server.root / "objects" / "demo" / key).exists()
    with pytest.raises(NotFound):
        blob.delete()
