"""Huawei's own client, esdk-obs-python, against the test server."""

import base64
import hashlib
import json
import socket
import threading

import pytest
import requests
from obs import (
    CompleteMultipartUploadRequest,
    CompletePart,
    CopyObjectHeader,
    GetObjectHeader,
    ObsClient,
    PutObjectHeader,
    SseCHeader,
    SseKmsHeader,
    UploadFileHeader,
)

from conftest import content

PART = 100 * 1024


@pytest.fixture(autouse=True)
def buckets_are_hosts(monkeypatch):
    """The client puts the bucket into the host's name, and no name server knows demo.localhost."""
    resolve = socket.getaddrinfo

    def lookup(host, *arguments, **options):
        return resolve("127.0.0.1" if host.endswith("localhost") else host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)


def connect(server, access_key="TESTKEY", secret="testsecret", **options):
    port = server.url.rsplit(":", 1)[1]
    return ObsClient(
        access_key_id=access_key, secret_access_key=secret, server=f"http://localhost:{port}", signature="obs",
        max_retry_count=0, **options)


@pytest.fixture
def obs(server):
    client = connect(server)
    yield client
    client.close()


def begin(obs, key, **options):
    response = obs.initiateMultipartUpload("demo", key, **options)
    assert response.status == 200, response.errorMessage
    return response.body.uploadId


def send(obs, key, upload, number, data, **options):
    response = obs.uploadPart("demo", key, number, upload, content=data, **options)
    assert response.status == 200, response.errorMessage
    return CompletePart(partNum=number, etag=response.body.etag)


def finish(obs, key, upload, parts, **options):
    return obs.completeMultipartUpload("demo", key, upload, CompleteMultipartUploadRequest(parts), **options)


def quoted(hexadecimal):
    return f'"{hexadecimal}"'


# Whole objects


@pytest.mark.parametrize("length", [0, 1, 300_000])
def test_put_head_get_delete(server, obs, key, length):
    data = content(length)
    put = obs.putContent("demo", key, data, metadata={"colour": "blue"}, headers=PutObjectHeader(contentType="text/x-test"))
    assert (put.status, put.body.etag) == (200, quoted(hashlib.md5(data).hexdigest()))
    assert server.stored(key) == data
    head = obs.getObjectMetadata("demo", key)
    assert (head.body.contentLength, head.body.contentType, dict(head.header)["colour"]) == (length, "text/x-test", "blue")
    assert obs.getObject("demo", key, loadStreamInMemory=True).body.buffer == (data or None)
    assert obs.deleteObject("demo", key).status == 204
    assert obs.getObjectMetadata("demo", key).status == 404
    assert obs.deleteObject("demo", key).status == 204


@pytest.mark.parametrize("name", ["dir/a b+ü.bin", "100%/~x", "q?a=1&b#c", "日本/é'()!*"])
def test_names_are_signed_and_kept(server, obs, name):
    assert obs.putContent("demo", name, b"abc").status == 200
    assert obs.getObject("demo", name, loadStreamInMemory=True).body.buffer == b"abc"
    assert requests.get(f"{server.url}/storage/v1/b/demo/o/{requests.utils.quote(name, safe='')}").status_code == 200
    upload = begin(obs, name)
    part = send(obs, name, upload, 1, b"abcd")
    assert finish(obs, name, upload, [part]).status == 200
    assert obs.getObjectMetadata("demo", name).body.contentLength == 4


def test_a_range_of_an_object(obs, key):
    data = content(1000)
    obs.putContent("demo", key, data)
    part = obs.getObject("demo", key, headers=GetObjectHeader(range="100-199"), loadStreamInMemory=True)
    assert (part.status, part.body.buffer) == (206, data[100:200])


def test_put_file_with_digests(server, obs, key, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(content(200_000))
    md5 = base64.b64encode(hashlib.md5(path.read_bytes()).digest()).decode()
    put = obs.putFile("demo", key, str(path), headers=PutObjectHeader(md5=md5, isAttachCrc64=True))
    assert put.status == 200 and put.body.crc64
    wrong = base64.b64encode(bytes(16)).decode()
    refused = obs.putContent("demo", key, "other", headers=PutObjectHeader(md5=wrong))
    assert (refused.status, refused.errorCode) == (400, "BadDigest")
    refused = obs.putContent("demo", key, "other", headers=PutObjectHeader(crc64="1"))
    assert (refused.status, refused.errorCode) == (400, "BadDigest")
    assert server.stored(key) == path.read_bytes()


def test_crc64_is_the_clients(obs, key):
    put = obs.putContent("demo", key, "123456789", headers=PutObjectHeader(isAttachCrc64=True))
    assert put.body.crc64 == "11051210869376104954"


def test_copy(server, obs, key):
    data = content(5000)
    etag = obs.putContent("demo", key, data, metadata={"a": "b"}).body.etag
    copy = obs.copyObject("demo", key, "demo", f"{key}.ü copy", headers=CopyObjectHeader(if_match=etag))
    assert (copy.status, copy.body.etag) == (200, etag)
    assert dict(obs.getObjectMetadata("demo", f"{key}.ü copy").header)["a"] == "b"
    refused = obs.copyObject("demo", key, "demo", "else", headers=CopyObjectHeader(if_match=quoted("0" * 32)))
    assert refused.status == 412
    assert obs.copyObject("demo", "nowhere", "demo", "else").errorCode == "NoSuchKey"


def test_traits_come_back(obs, key):
    header = PutObjectHeader(acl="public-read", storageClass="WARM", expires=3, sseHeader=SseKmsHeader(encryption="kms", key="k1"))
    assert obs.putContent("demo", key, "abc", headers=header).status == 200
    head = obs.getObjectMetadata("demo", key)
    assert (head.body.storageClass, head.body.sseKms, head.body.sseKmsKey) == ("WARM", "kms", "k1")
    assert "expiry-date" in head.body.expiration
    grants = obs.getObjectAcl("demo", key).body.grants
    assert [grant.permission for grant in grants] == ["FULL_CONTROL", "READ"]
    # The entity tag of encrypted bytes is no MD5 of theirs.
    assert head.body.etag != quoted(hashlib.md5(b"abc").hexdigest())


def test_listing(obs, key):
    for name in ["a", "b/1", "b/2", "c"]:
        obs.putContent("demo", f"{key}/{name}", name)
    page = obs.listObjects("demo", prefix=f"{key}/", delimiter="/", max_keys=2)
    assert [entry.key for entry in page.body.contents] == [f"{key}/a"]
    assert [prefix.prefix for prefix in page.body.commonPrefixs] == [f"{key}/b/"]
    rest = obs.listObjects("demo", prefix=f"{key}/", delimiter="/", marker=page.body.next_marker)
    assert [entry.key for entry in rest.body.contents] == [f"{key}/c"]


def test_buckets(obs, server):
    assert obs.headBucket("demo").status == 200
    assert obs.headBucket("nowhere").status == 404
    assert obs.putContent("nowhere", "x", "y").status == 404
    assert obs.createBucket("made-by-obs").status == 200
    assert obs.putContent("made-by-obs", "x", "y").status == 200


# Uploads in parts


def test_parts_in_any_order(server, obs, key):
    data = content(3 * PART + 5)
    upload = begin(obs, key, metadata={"k": "v"}, contentType="text/x-test", storageClass="COLD")
    parts = {}
    for number in [4, 1, 3, 2]:
        parts[number] = send(obs, key, upload, number, data[(number - 1) * PART : number * PART])
    done = finish(obs, key, upload, [parts[number] for number in sorted(parts)])
    assert done.status == 200
    digest = hashlib.md5(b"".join(hashlib.md5(data[i : i + PART]).digest() for i in range(0, len(data), PART)))
    assert done.body.etag == quoted(f"{digest.hexdigest()}-4")
    assert server.stored(key) == data
    head = obs.getObjectMetadata("demo", key)
    assert (head.body.storageClass, head.body.contentType, dict(head.header)["k"]) == ("COLD", "text/x-test", "v")
    assert server.counted(key)["body_bytes"] == len(data)
    assert not open_uploads(obs, key)


def test_a_part_is_replaced_by_the_next_of_its_number(server, obs, key):
    upload = begin(obs, key)
    old = send(obs, key, upload, 1, content(PART, seed=1))
    new = send(obs, key, upload, 1, content(PART, seed=2))
    assert finish(obs, key, upload, [old]).errorCode == "InvalidPart"
    assert finish(obs, key, upload, [new]).status == 200
    assert server.stored(key) == content(PART, seed=2)
    assert server.counted(key)["resent_bytes"] == PART


def test_parts_are_listed_by_pages(obs, key):
    upload = begin(obs, key)
    for number in [1, 2, 5]:
        send(obs, key, upload, number, content(10 * number))
    page = obs.listParts("demo", key, upload, maxParts=2).body
    assert ([part.partNumber for part in page.parts], page.isTruncated, page.nextPartNumberMarker) == ([1, 2], True, 2)
    rest = obs.listParts("demo", key, upload, maxParts=2, partNumberMarker=2, encoding_type="url").body
    assert ([(part.partNumber, part.size) for part in rest.parts], rest.isTruncated) == ([(5, 50)], False)
    assert rest.parts[0].etag == quoted(hashlib.md5(content(50)).hexdigest())
    assert rest.objectKey == key
    obs.abortMultipartUpload("demo", key, upload)


def test_refusals_of_a_completion(server, obs, key):
    upload = begin(obs, key)
    small = send(obs, key, upload, 1, content(10))
    large = send(obs, key, upload, 2, content(PART))
    assert finish(obs, key, upload, [small, large]).errorCode == "EntityTooSmall"
    missing = CompletePart(partNum=3, etag=large["etag"])
    assert finish(obs, key, upload, [large, missing]).errorCode == "InvalidPart"
    assert finish(obs, key, upload, [large]).status == 200
    assert finish(obs, key, upload, [large]).errorCode == "NoSuchUpload"
    assert server.stored(key) == content(PART)


def test_the_order_of_a_completion_is_checked(server, obs, key):
    upload = begin(obs, key)
    parts = [send(obs, key, upload, number, content(PART)) for number in [1, 2]]
    body = "".join(f"<Part><PartNumber>{p['partNum']}</PartNumber><ETag>{p['etag']}</ETag></Part>" for p in reversed(parts))
    for document, code in [
        (f"<CompleteMultipartUpload>{body}</CompleteMultipartUpload>", "InvalidPartOrder"),
        ("<CompleteMultipartUpload></CompleteMultipartUpload>", "MalformedXML"),
        ("<Other/>", "MalformedXML"),
    ]:
        # The client sorts the parts itself, so this is one step below it.
        obs.thread_local.signature = "obs"
        assert obs._make_post_request("demo", key, pathArgs={"uploadId": upload}, entity=document).errorCode == code
    assert obs.abortMultipartUpload("demo", key, upload).status == 204


def test_parts_that_are_copies(server, obs, key):
    data = content(2 * PART)
    obs.putContent("demo", f"{key}.source", data)
    upload = begin(obs, key)
    parts = []
    for number, first, last in [(1, 0, PART - 1), (2, PART, 2 * PART - 1)]:
        copy = obs.copyPart("demo", key, number, upload, f"demo/{key}.source", copySourceRange=f"bytes={first}-{last}")
        assert copy.status == 200, copy.errorMessage
        parts.append(CompletePart(partNum=number, etag=copy.body.etag))
    assert finish(obs, key, upload, parts).status == 200
    assert server.stored(key) == data


def test_crc64_of_parts_and_whole(obs, key):
    upload = begin(obs, key)
    parts = []
    for number, data in [(1, content(PART)), (2, b"6789")]:
        answer = obs.uploadPart("demo", key, number, upload, content=data, isAttachCrc64=True)
        parts.append(CompletePart(partNum=number, etag=answer.body.etag, crc64=answer.body.crc64, size=len(data)))
    wrong = [parts[0], CompletePart(partNum=2, etag=parts[1]["etag"], crc64="5", size=4)]
    assert finish(obs, key, upload, wrong, isAttachCrc64=True).errorCode == "BadDigest"
    done = finish(obs, key, upload, parts, isAttachCrc64=True)
    assert done.status == 200
    assert done.body.crc64 == obs.getObjectMetadata("demo", key).body.crc64


def test_abort_and_list_of_uploads(obs, key):
    first, second = begin(obs, key), begin(obs, key)
    assert set(open_uploads(obs, key)) == {first, second}
    for upload in [first, second]:
        assert obs.abortMultipartUpload("demo", key, upload).status == 204
    assert obs.abortMultipartUpload("demo", key, first).errorCode == "NoSuchUpload"
    assert obs.listParts("demo", key, first).errorCode == "NoSuchUpload"
    assert not open_uploads(obs, key)


def test_encryption_with_a_key_of_the_clients_own(server, obs, key):
    header = SseCHeader(encryption="AES256", key="k" * 32)
    upload = begin(obs, key, sseHeader=header)
    refused = obs.uploadPart("demo", key, 1, upload, content=b"abc")
    assert (refused.status, refused.errorCode) == (400, "InvalidRequest")
    other = SseCHeader(encryption="AES256", key="o" * 32)
    assert obs.uploadPart("demo", key, 1, upload, content=b"abc", sseHeader=other).errorCode == "AccessDenied"
    part = send(obs, key, upload, 1, b"abc", sseHeader=header)
    done = finish(obs, key, upload, [part])
    assert (done.status, done.body.sseC) == (200, "AES256")
    assert obs.getObjectMetadata("demo", key).status == 400
    assert obs.getObjectMetadata("demo", key, sseHeader=header).status == 200


# The resumable upload of a file


def upload_file(obs, key, path, **options):
    arguments = dict(partSize=PART, taskNum=3, enableCheckpoint=True, checkSum=True)
    return obs.uploadFile("demo", key, str(path), **{**arguments, **options})


def open_uploads(obs, key):
    return [entry.uploadId for entry in obs.listMultipartUploads("demo").body.upload or [] if entry.key == key]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "file.bin"
    path.write_bytes(content(10 * PART + 77))
    return path


@pytest.mark.parametrize("length", [0, 1, PART, 4 * PART, 4 * PART + 1])
def test_upload_file(server, obs, key, tmp_path, length):
    path = tmp_path / "file"
    path.write_bytes(content(length))
    header = UploadFileHeader(acl="public-read", storageClass="WARM", contentType="text/x-test")
    done = upload_file(obs, key, path, metadata={"m": "1"}, headers=header, isAttachCrc64=length > 0)
    assert done.status == 200
    assert server.stored(key) == path.read_bytes()
    head = obs.getObjectMetadata("demo", key)
    assert (head.body.storageClass, head.body.contentType, dict(head.header)["m"]) == ("WARM", "text/x-test", "1")


def test_upload_file_interrupted_and_resumed(server, obs, key, file):
    record = file.with_name("file.bin.upload_record")
    server.fault("part", status=503, skip=4, times=None)
    with pytest.raises(Exception, match="some parts are failed"):
        upload_file(obs, key, file)
    server.reset()
    checkpoint = json.loads(record.read_text())
    done = [part for part in checkpoint["uploadParts"] if part["isCompleted"]]
    assert len(done) == 4
    assert open_uploads(obs, key) == [checkpoint["uploadId"]]
    assert upload_file(obs, key, file).status == 200
    assert server.stored(key) == file.read_bytes()
    assert not record.exists()
    # What the server had was not sent again.
    counted = server.counted(key)
    assert counted["requests_by_kind"].get("begin") is None
    assert counted["body_bytes"] == file.stat().st_size - 4 * PART
    assert counted["resent_bytes"] == 0


def test_upload_file_after_a_restart_of_the_server(own_server, key, file):
    obs = connect(own_server)
    own_server.fault("part", status=503, skip=4, times=None)
    with pytest.raises(Exception, match="some parts are failed"):
        upload_file(obs, key, file)
    own_server.kill()
    own_server.start()
    assert own_server.counters()["open_sessions"] == 1
    assert upload_file(connect(own_server), key, file).status == 200
    assert own_server.stored(key) == file.read_bytes()
    assert own_server.counted(key)["body_bytes"] == file.stat().st_size - 4 * PART


def test_upload_file_that_changed_starts_again(server, obs, key, file):
    server.fault("part", status=503, skip=2, times=None)
    with pytest.raises(Exception, match="some parts are failed"):
        upload_file(obs, key, file)
    server.reset()
    file.write_bytes(content(10 * PART + 77, seed=2))
    assert upload_file(obs, key, file).status == 200
    assert server.stored(key) == file.read_bytes()
    assert server.counted(key)["requests_by_kind"]["abort"] == 1
    assert not open_uploads(obs, key)


def test_upload_file_gives_up_when_refused(server, obs, key, file):
    server.fault("part", status=403, reason="AccessDenied", skip=1)
    with pytest.raises(Exception, match="AccessDenied"):
        upload_file(obs, key, file, taskNum=1)
    assert not open_uploads(obs, key)
    assert server.counted(key)["requests_by_kind"]["abort"] == 1


def test_two_files_at_once(server, key, tmp_path):
    def run(number):
        path = tmp_path / f"file{number}"
        path.write_bytes(content(5 * PART, seed=number))
        answers[number] = upload_file(connect(server), f"{key}-{number}", path).status

    answers = {}
    threads = [threading.Thread(target=run, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {1: 200, 2: 200}
    for number in (1, 2):
        assert server.stored(f"{key}-{number}") == content(5 * PART, seed=number)


# Who may


def test_a_wrong_secret_is_refused(server):
    refused = connect(server, secret="other").putContent("demo", "x", "y")
    assert (refused.status, refused.errorCode) == (403, "SignatureDoesNotMatch")
    refused = connect(server, access_key="OTHER").putContent("demo", "x", "y")
    assert (refused.status, refused.errorCode) == (403, "InvalidAccessKeyId")


def test_the_clock_is_checked(obs):
    refused = obs.putContent(
        "demo", "x", "y", metadata={"x-obs-date": "Sat, 01 Aug 2020 00:00:00 GMT"})
    assert refused.errorCode == "RequestTimeTooSkewed"


def test_temporary_credentials(server, http, key):
    http.headers["X-securitykey-Token-Ttl-Seconds"] = "60"
    token = http.put(f"{server.url}/meta-data/latest/api/token").text
    credential = http.get(f"{server.url}/openstack/latest/securitykey", headers={"X-securitykey-Token": token}).json()["credential"]
    good = connect(server, credential["access"], credential["secret"], security_token=credential["securitytoken"])
    assert good.putContent("demo", key, "abc").status == 200
    bad = connect(server, credential["access"], credential["secret"], security_token="other")
    assert bad.putContent("demo", key, "abc").errorCode == "InvalidAccessKeyId"
    assert http.get(f"{server.url}/openstack/latest/securitykey").status_code == 401


def test_path_style_with_the_services_own_signature(server, key):
    """The client signs in path style only as a workflow client does; otherwise it takes the older signature."""
    port = server.url.rsplit(":", 1)[1]
    obs = ObsClient(
        access_key_id="TESTKEY", secret_access_key="testsecret", server=f"http://127.0.0.1:{port}", signature="obs", path_style=True,
        client_mode="workflow", max_retry_count=0)
    assert obs.headBucket("demo").status == 200
    assert obs.putContent("demo", f"{key}/a b", "abc").status == 200
    upload = begin(obs, key)
    part = send(obs, key, upload, 1, b"abc")
    assert len(obs.listParts("demo", key, upload, maxParts=1).body.parts) == 1
    assert finish(obs, key, upload, [part]).status == 200
