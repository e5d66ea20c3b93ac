"""What google-cloud-storage and google-resumable-media can ask for besides name and content: keys, classes, rules of access."""

import base64
import hashlib
import io

import pytest
import requests
from google.api_core.exceptions import BadRequest
from google.resumable_media.requests import MultipartUpload, ResumableUpload, SimpleUpload

from conftest import BLOCK, content

KEY = bytes(range(32))
OTHER_KEY = bytes(32)
KMS_KEY = "projects/p/locations/l/keyRings/r/cryptoKeys/k"
LARGE = (9 << 20) + 7


def encryption_headers(key=KEY):
    return {
        "X-Goog-Encryption-Algorithm": "AES256",
        "X-Goog-Encryption-Key": base64.b64encode(key).decode(),
        "X-Goog-Encryption-Key-Sha256": base64.b64encode(hashlib.sha256(key).digest()).decode(),
    }


@pytest.mark.parametrize("length", [0, 1000, LARGE])
def test_own_key(bucket, server, key, length):
    data = content(length)
    blob = bucket.blob(key, encryption_key=KEY, chunk_size=1 << 20)
    blob.upload_from_file(io.BytesIO(data), size=length, checksum="crc32c")
    assert bucket.blob(key, encryption_key=KEY).download_as_bytes(checksum="crc32c") == data
    with pytest.raises(BadRequest, match="is encrypted by a customer-supplied encryption key"):
        bucket.blob(key).download_as_bytes()
    with pytest.raises(BadRequest, match="encryption key is incorrect"):
        bucket.blob(key, encryption_key=OTHER_KEY).download_as_bytes()


def test_digests_are_for_those_who_have_the_key(bucket, key):
    bucket.blob(key, encryption_key=KEY).upload_from_string("text")
    with_key = bucket.get_blob(key, encryption_key=KEY)
    without = bucket.get_blob(key)
    assert with_key.crc32c and with_key.md5_hash
    assert (without.crc32c, without.md5_hash, without.size) == (None, None, 4)
    described = without._properties["customerEncryption"]
    assert described == {"encryptionAlgorithm": "AES256", "keySha256": encryption_headers()["X-Goog-Encryption-Key-Sha256"]}


def test_rotation_and_loss_of_a_key(bucket, key):
    source = bucket.blob(key, encryption_key=KEY)
    source.upload_from_string("text")
    rotated = bucket.blob(key, encryption_key=OTHER_KEY)
    rotated.rewrite(source)
    assert rotated.download_as_bytes() == b"text"
    plain = bucket.blob(f"{key}-plain")
    with pytest.raises(BadRequest):
        plain.rewrite(bucket.blob(key))
    plain.rewrite(rotated)
    assert bucket.blob(f"{key}-plain").download_as_bytes() == b"text"


@pytest.mark.parametrize(
    "change",
    [
        {"X-Goog-Encryption-Algorithm": "AES128"},
        {"X-Goog-Encryption-Key": "c2hvcnQ="},
        {"X-Goog-Encryption-Key-Sha256": encryption_headers(OTHER_KEY)["X-Goog-Encryption-Key-Sha256"]},
        {"X-Goog-Encryption-Key-Sha256": None},
    ],
)
def test_key_that_does_not_fit_its_headers(server, http, key, change):
    headers = {name: value for name, value in (encryption_headers() | change).items() if value}
    refusal = http.post(f"{server.upload_url}?uploadType=media&name={key}", data=b"x", headers=headers)
    assert refusal.status_code == 400
    assert refusal.json()["error"]["errors"][0]["reason"].startswith("customerEncryption")


def test_all_three_forms_take_a_key(server, http, bucket, key):
    """google-resumable-media, which sends its extra headers with the initiation and with every chunk, and not with a question."""
    data = content(3 * BLOCK)
    headers = encryption_headers()
    SimpleUpload(f"{server.upload_url}?uploadType=media&name={key}-1", headers=headers).transmit(http, data, "text/x-test")
    MultipartUpload(f"{server.upload_url}?uploadType=multipart", headers=headers).transmit(http, data, {"name": f"{key}-2"}, "text/x-test")
    upload = ResumableUpload(f"{server.upload_url}?uploadType=resumable", BLOCK, headers=headers)
    upload.initiate(http, io.BytesIO(data), {"name": f"{key}-3"}, "text/x-test")
    upload.transmit_next_chunk(http)
    upload._invalid = True
    upload.recover(http)
    while not upload.finished:
        upload.transmit_next_chunk(http)
    for number in (1, 2, 3):
        assert bucket.blob(f"{key}-{number}", encryption_key=KEY).download_as_bytes() == data


@pytest.mark.parametrize("with_key", [True, False])
def test_part_with_another_key_than_the_upload(server, http, key, with_key):
    headers = encryption_headers() if with_key else {}
    began = http.post(f"{server.upload_url}?uploadType=resumable&name={key}", headers=headers)
    part = {"Content-Range": "bytes 0-3/4"} | ({} if with_key else encryption_headers())
    assert http.put(began.headers["Location"], data=b"text", headers=part).status_code == 400
    right = {"Content-Range": "bytes 0-3/4"} | headers
    assert http.put(began.headers["Location"], data=b"text", headers=right).status_code == 200


@pytest.mark.parametrize("length", [1000, LARGE])
def test_cloud_kms_key(bucket, key, length):
    blob = bucket.blob(key, kms_key_name=KMS_KEY, chunk_size=1 << 20)
    blob.upload_from_string(content(length))
    assert bucket.get_blob(key).kms_key_name == f"{KMS_KEY}/cryptoKeyVersions/1"
    copy = bucket.blob(f"{key}-copy", kms_key_name=f"{KMS_KEY}2")
    copy.rewrite(bucket.blob(key))
    assert bucket.get_blob(f"{key}-copy").kms_key_name == f"{KMS_KEY}2/cryptoKeyVersions/1"


@pytest.mark.parametrize("name", ["k", f"{KMS_KEY}/cryptoKeyVersions/1"])
def test_name_that_is_no_kms_key(server, http, key, name):
    refusal = http.post(f"{server.upload_url}?uploadType=media&name={key}&kmsKeyName={name}", data=b"x")
    assert refusal.status_code == 400


@pytest.mark.parametrize("length", [1000, LARGE])
def test_storage_class_and_cache_control(bucket, key, length):
    blob = bucket.blob(key, chunk_size=1 << 20)
    blob.storage_class = "NEARLINE"
    blob.cache_control = "no-store"
    blob.upload_from_string(content(length), content_type="text/x-test")
    found = bucket.get_blob(key)
    assert (found.storage_class, found.cache_control, found.content_type) == ("NEARLINE", "no-store", "text/x-test")


@pytest.mark.parametrize("length", [1000, LARGE])
@pytest.mark.parametrize("name, reader", [("publicRead", "allUsers"), ("authenticatedRead", "allAuthenticatedUsers"), ("private", None)])
def test_predefined_acl(bucket, key, length, name, reader):
    blob = bucket.blob(key, chunk_size=1 << 20)
    blob.upload_from_string(content(length), predefined_acl=name)
    found = bucket.get_blob(key)
    found.acl.reload()
    readers = {entry["entity"] for entry in found.acl if entry["role"] == "READER"}
    assert readers == ({reader} if reader else set())


def test_acl_that_does_not_exist(server, http, key):
    assert http.post(f"{server.upload_url}?uploadType=media&name={key}&predefinedAcl=everybody", data=b"x").status_code == 400


def test_access_is_not_shown_with_the_object(server, bucket, key):
    bucket.blob(key).upload_from_string("text", predefined_acl="publicRead")
    assert "acl" not in requests.get(f"{server.url}/storage/v1/b/demo/o/{key}").json()
