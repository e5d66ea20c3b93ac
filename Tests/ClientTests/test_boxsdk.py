"""Box's older, hand-written SDK against the test server."""

import hashlib
import io
import json

import pytest
from boxsdk import BoxAPIException, CCGAuth, Client, JWTAuth, OAuth2
from boxsdk.config import API
from boxsdk.exception import BoxOAuthException

import box_app
from conftest import content

PART = 256 * 1024


@pytest.fixture(autouse=True)
def find_the_server(server, monkeypatch):
    monkeypatch.setattr(API, "BASE_API_URL", f"{server.url}/box/2.0")
    monkeypatch.setattr(API, "UPLOAD_URL", f"{server.url}/box/api/2.0")
    monkeypatch.setattr(API, "OAUTH2_API_URL", f"{server.url}/box/oauth2")


@pytest.fixture
def box(server):
    server.box(part_size=PART, session_size_min=0)
    return Client(OAuth2("test-client", "test-secret", access_token="test-token"))


@pytest.fixture
def key(key):
    return f"boxsdk-{key}"


@pytest.fixture
def folder(box, key):
    return box.root_folder().create_subfolder(key)


class Breaking(io.BytesIO):
    """A source that fails once, after so many bytes."""

    def __init__(self, data, at):
        super().__init__(data)
        self.at = at

    def read(self, size=-1):
        if self.at is not None and self.tell() >= self.at:
            self.at = None
            raise OSError("the source is gone")
        return super().read(size)


@pytest.mark.parametrize("preflight", [False, True])
def test_upload_and_new_version(folder, preflight):
    file = folder.upload_stream(io.BytesIO(b"first"), "a.bin", preflight_check=preflight, preflight_expected_size=5)
    assert (file.size, file.sha1) == (5, hashlib.sha1(b"first").hexdigest())
    newer = file.update_contents_with_stream(io.BytesIO(b"second"), etag=file.etag)
    assert (newer.id, newer.content()) == (file.id, b"second")
    with pytest.raises(BoxAPIException) as raised:
        file.update_contents_with_stream(io.BytesIO(b"third"), etag=file.etag)
    assert raised.value.status == 412


def test_streamed_upload(folder, server, key):
    data = content(3_000_000)
    file = folder.upload_stream(io.BytesIO(data), "a.bin", sha1=hashlib.sha1(data).hexdigest(), stream_file_content=True)
    assert file.content() == data
    assert server.counted(f"{key}/a.bin", "box")["body_bytes"] == len(data)


def test_session_by_hand(folder):
    data = content(2 * PART + 1)
    session = folder.create_upload_session(len(data), "a.bin")
    parts = [session.upload_part_bytes(data[at : at + PART], at, len(data)) for at in (PART, 0, 2 * PART)]
    assert list(session.get_parts()) == sorted(parts, key=lambda part: part["offset"])
    with pytest.raises(BoxAPIException) as raised:
        session.upload_part_bytes(data[:PART], 0, len(data))
    assert raised.value.status == 409
    file = session.commit(hashlib.sha1(data).digest(), file_attributes={"content_modified_at": "2001-09-09T01:46:40+00:00"})
    assert file.content() == data
    assert file.get().content_modified_at.startswith("2001-09-09T01:46:40")


def test_commit_checks(folder):
    data = content(2 * PART)
    session = folder.create_upload_session(len(data), "a.bin")
    first = session.upload_part_bytes(data[:PART], 0, len(data))
    with pytest.raises(BoxAPIException) as raised:
        session.commit(hashlib.sha1(data).digest(), parts=[first])
    assert (raised.value.status, raised.value.code) == (400, "parts_mismatch")
    session.upload_part_bytes(data[PART:], PART, len(data))
    with pytest.raises(BoxAPIException) as raised:
        session.commit(hashlib.sha1(b"other").digest())
    assert (raised.value.status, raised.value.code) == (400, "digest_mismatch")
    assert session.commit(hashlib.sha1(data).digest()).content() == data


def test_part_checks(folder):
    data = content(2 * PART)
    session = folder.create_upload_session(len(data), "a.bin")
    with pytest.raises(BoxAPIException) as raised:
        session.upload_part_bytes(data[:PART], 0, len(data), part_content_sha1=hashlib.sha1(b"other").digest())
    assert (raised.value.status, raised.value.code) == (400, "digest_mismatch")
    with pytest.raises(BoxAPIException) as raised:
        session.upload_part_bytes(data[:PART], 17, len(data))
    assert raised.value.status == 416
    assert session.abort()


@pytest.mark.parametrize("size", [PART, 7 * PART, 7 * PART + 1])
def test_chunked_uploader(folder, server, key, size):
    data = content(size)
    file = folder.create_upload_session(size, "a.bin").get_chunked_uploader_for_stream(io.BytesIO(data), size).start()
    assert file.content() == data
    assert server.counted(f"{key}/a.bin", "box")["body_bytes"] == size


def test_chunked_uploader_for_a_new_version(folder, tmp_path):
    file = folder.upload_stream(io.BytesIO(b"first"), "a.bin")
    data = content(3 * PART)
    (tmp_path / "a.bin").write_bytes(data)
    newer = file.create_upload_session(len(data)).get_chunked_uploader(str(tmp_path / "a.bin")).start()
    assert (newer.id, newer.content()) == (file.id, data)


def test_chunked_uploader_that_is_resumed(folder, server, key):
    data = content(6 * PART + 9)
    uploader = folder.create_upload_session(len(data), "a.bin").get_chunked_uploader_for_stream(io.BytesIO(data), len(data))
    server.fault("part", skip=2, status=400, reason="bad_request")
    with pytest.raises(BoxAPIException):
        uploader.start()
    assert uploader.resume().content() == data
    counted = server.counted(f"{key}/a.bin", "box")
    assert counted["resent_bytes"] == 0


def test_chunked_uploader_that_is_aborted(folder, server):
    before = server.counters()["open_sessions"]
    data = content(4 * PART)
    uploader = folder.create_upload_session(len(data), "a.bin").get_chunked_uploader_for_stream(Breaking(data, 2 * PART), len(data))
    with pytest.raises(OSError):
        uploader.start()
    assert uploader.abort()
    assert server.counters()["open_sessions"] == before
    assert list(folder.get_items()) == []


def test_commit_that_is_accepted_first(folder, server, key):
    data = content(PART)
    uploader = folder.create_upload_session(PART, "a.bin").get_chunked_uploader_for_stream(io.BytesIO(data), PART)
    server.fault("commit", status=202, retry_after=0)
    assert uploader.start().content() == data
    assert server.counted(f"{key}/a.bin", "box")["requests_by_kind"]["commit"] == 2


def test_folders_and_items(folder, key):
    below = folder.create_subfolder("below")
    with pytest.raises(BoxAPIException) as raised:
        folder.create_subfolder("Below")
    assert raised.value.context_info["conflicts"][0]["id"] == below.id
    file = folder.upload_stream(io.BytesIO(b"text"), "a.bin")
    assert [item.name for item in folder.get_items(limit=1, use_marker=True)] == ["below", "a.bin"]
    assert file.move(below).parent.id == below.id
    assert file.rename("b.bin").name == "b.bin"
    assert [item.name for item in below.get_items()] == ["b.bin"]
    assert file.delete()
    assert list(below.get_items()) == []


def test_refresh_token_rotates(key):
    stored = []
    auth = OAuth2(
        "test-client", "test-secret", access_token="stale", refresh_token=f"test-refresh-{key}",
        store_tokens=lambda access, refresh: stored.append((access, refresh)),
    )
    assert Client(auth).user().get().name == "Tester"
    assert len(stored) == 1 and stored[0][0] == "test-token" and stored[0][1] != f"test-refresh-{key}"
    again = OAuth2("test-client", "test-secret", refresh_token=f"test-refresh-{key}")
    with pytest.raises(BoxOAuthException):
        again.refresh(None)


def test_client_credentials():
    auth = CCGAuth("test-client", "test-secret", enterprise_id="801")
    assert Client(auth).user().get().name == "Tester"


def test_app_with_an_encrypted_key(server, tmp_path):
    server.box(public_keys={box_app.KEY_ID: box_app.public_key()})
    (tmp_path / "app.json").write_text(json.dumps(box_app.configuration()))
    auth = JWTAuth.from_settings_file(str(tmp_path / "app.json"))
    assert Client(auth).user().get().name == "Tester"
