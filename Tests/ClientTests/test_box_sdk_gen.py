"""Box's generated SDK against the test server."""

import base64
import datetime
import hashlib
import io
import json

import pytest
from box_sdk_gen import (
    BoxAPIError,
    BoxCCGAuth,
    BoxClient,
    BoxDeveloperTokenAuth,
    BoxJWTAuth,
    BoxOAuth,
    CCGConfig,
    JWTConfig,
    NetworkSession,
    OAuthConfig,
)
from box_sdk_gen.managers.folders import CreateFolderParent, UpdateFolderByIdParent
from box_sdk_gen.managers.files import UpdateFileByIdParent
from box_sdk_gen.managers.uploads import (
    PreflightFileUploadCheckParent,
    UploadFileAttributes,
    UploadFileAttributesParentField,
    UploadFileVersionAttributes,
)
from box_sdk_gen.networking.base_urls import BaseUrls
from box_sdk_gen.networking.retries import BoxRetryStrategy
from box_sdk_gen.schemas import AccessToken

import box_app
from conftest import content

PART = 256 * 1024


def make_client(server, auth):
    urls = BaseUrls(base_url=f"{server.url}/box", upload_url=f"{server.url}/box/api", oauth_2_url=f"{server.url}/box/oauth2")
    quick = BoxRetryStrategy(retry_base_interval=0.01)
    return BoxClient(auth=auth, network_session=NetworkSession(base_urls=urls, retry_strategy=quick))


@pytest.fixture
def box(server):
    server.box(part_size=PART, session_size_min=0)
    return make_client(server, BoxDeveloperTokenAuth(token="test-token"))


@pytest.fixture
def folder(box, key):
    return box.folders.create_folder(key, CreateFolderParent(id="0"))


def upload(box, folder, name, data, **arguments):
    attributes = UploadFileAttributes(name=name, parent=UploadFileAttributesParentField(id=folder.id))
    return box.uploads.upload_file(attributes, io.BytesIO(data), **arguments).entries[0]


def downloaded(box, file):
    return box.downloads.download_file(file.id).read()


def sha1(data):
    return hashlib.sha1(data).hexdigest()


def digest(data):
    return "sha=" + base64.b64encode(hashlib.sha1(data).digest()).decode()


def expect(status, code, call, *arguments, **named):
    with pytest.raises(BoxAPIError) as raised:
        call(*arguments, **named)
    assert (raised.value.response_info.status_code, raised.value.response_info.code) == (status, code)
    return raised.value.response_info


@pytest.mark.parametrize("size", [0, 1, 1000, 3_000_000])
def test_direct_upload(box, folder, size):
    data = content(size)
    file = upload(box, folder, "a.bin", data, content_md_5=sha1(data))
    assert (file.size, file.sha_1, file.name) == (size, sha1(data), "a.bin")
    assert downloaded(box, file) == data


def test_times_of_the_content(box, folder):
    moment = datetime.datetime(2020, 2, 29, 12, 30, 15, tzinfo=datetime.timezone.utc)
    parent = UploadFileAttributesParentField(id=folder.id)
    attributes = UploadFileAttributes(name="a", parent=parent, content_created_at=moment, content_modified_at=moment)
    file = box.uploads.upload_file(attributes, io.BytesIO(b"text")).entries[0]
    assert (file.content_created_at, file.content_modified_at) == (moment, moment)


def test_wrong_digest_of_a_direct_upload(box, folder):
    expect(400, "digest_mismatch", upload, box, folder, "a.bin", b"text", content_md_5=sha1(b"other"))
    assert box.folders.get_folder_items(folder.id).entries == []


def test_new_version(box, folder):
    first = upload(box, folder, "a.bin", b"first")
    attributes = UploadFileVersionAttributes(name="a.bin")
    second = box.uploads.upload_file_version(first.id, attributes, io.BytesIO(b"second"), if_match=first.etag).entries[0]
    assert (second.id, second.sha_1) == (first.id, sha1(b"second"))
    assert second.file_version.id != first.file_version.id
    expect(
        412, "precondition_failed", box.uploads.upload_file_version, first.id, attributes, io.BytesIO(b"x"), if_match=first.etag
    )
    assert downloaded(box, first) == b"second"


@pytest.mark.parametrize("size", [PART, 5 * PART, 5 * PART + 1, 6 * PART - 1])
def test_upload_big_file(box, server, folder, size):
    data = content(size)
    file = box.chunked_uploads.upload_big_file(io.BytesIO(data), "big.bin", size, folder.id)
    assert (file.size, file.sha_1) == (size, sha1(data))
    assert downloaded(box, file) == data
    counted = server.counted(f"{folder.name}/big.bin", "box")
    assert (counted["body_bytes"], counted["requests_by_kind"]["part"]) == (size, -(-size // PART))


def test_session_step_by_step_and_out_of_order(box, folder):
    data = content(3 * PART + 5)
    session = box.chunked_uploads.create_file_upload_session(folder.id, len(data), "steps.bin")
    assert (session.part_size, session.total_parts, session.num_parts_processed) == (PART, 4, 0)
    parts = []
    for offset in (2 * PART, 3 * PART, 0, PART):
        piece = data[offset : offset + PART]
        span = f"bytes {offset}-{offset + len(piece) - 1}/{len(data)}"
        part = box.chunked_uploads.upload_file_part(session.id, io.BytesIO(piece), digest(piece), span).part
        assert (part.offset, part.size, part.sha_1) == (offset, len(piece), sha1(piece))
        parts.append(part)
    listed = box.chunked_uploads.get_file_upload_session_parts(session.id)
    assert [part.offset for part in listed.entries] == [0, PART, 2 * PART, 3 * PART]
    page = box.chunked_uploads.get_file_upload_session_parts(session.id, offset=1, limit=2)
    assert [part.offset for part in page.entries] == [PART, 2 * PART]
    assert box.chunked_uploads.get_file_upload_session_by_id(session.id).num_parts_processed == 4
    files = box.chunked_uploads.create_file_upload_session_commit(session.id, listed.entries, digest(data))
    assert downloaded(box, files.entries[0]) == data
    expect(404, "not_found", box.chunked_uploads.get_file_upload_session_by_id, session.id)


def test_session_for_a_new_version(box, folder):
    first = upload(box, folder, "a.bin", b"first")
    data = content(PART + 1)
    session = box.chunked_uploads.create_file_upload_session_for_existing_file(first.id, len(data))
    for offset in (0, PART):
        piece = data[offset : offset + PART]
        span = f"bytes {offset}-{offset + len(piece) - 1}/{len(data)}"
        box.chunked_uploads.upload_file_part(session.id, io.BytesIO(piece), digest(piece), span)
    parts = box.chunked_uploads.get_file_upload_session_parts(session.id).entries
    commit = box.chunked_uploads.create_file_upload_session_commit
    expect(412, "precondition_failed", commit, session.id, parts, digest(data), if_match="77")
    file = commit(session.id, parts, digest(data), if_match=first.etag).entries[0]
    assert (file.id, downloaded(box, file)) == (first.id, data)


def test_abort(box, server, folder):
    before = server.counters()["open_sessions"]
    session = box.chunked_uploads.create_file_upload_session(folder.id, 2 * PART, "a.bin")
    assert server.counters()["open_sessions"] == before + 1
    box.chunked_uploads.delete_file_upload_session_by_id(session.id)
    assert server.counters()["open_sessions"] == before
    expect(404, "not_found", box.chunked_uploads.delete_file_upload_session_by_id, session.id)


def test_commit_that_is_accepted_first(box, server, folder):
    server.fault("commit", times=2, status=202, retry_after=0)
    data = content(PART)
    file = box.chunked_uploads.upload_big_file(io.BytesIO(data), "late.bin", PART, folder.id)
    assert file.sha_1 == sha1(data)
    assert server.counted(f"{folder.name}/late.bin", "box")["requests_by_kind"]["commit"] == 3


def test_folders(box, folder):
    below = box.folders.create_folder("below", CreateFolderParent(id=folder.id))
    conflict = expect(409, "item_name_in_use", box.folders.create_folder, "BELOW", CreateFolderParent(id=folder.id))
    assert [item["id"] for item in conflict.context_info["conflicts"]] == [below.id]
    upload(box, below, "a", b"text")
    assert [item.name for item in box.folders.get_folder_items(folder.id).entries] == ["below"]
    expect(400, "folder_not_empty", box.folders.delete_folder_by_id, below.id)
    box.folders.delete_folder_by_id(below.id, recursive=True)
    assert box.folders.get_folder_items(folder.id).entries == []


def test_listing_by_marker(box, folder):
    for number in range(5):
        upload(box, folder, f"{number}", b"text")
    names, marker = [], None
    while True:
        page = box.folders.get_folder_items(folder.id, usemarker=True, limit=2, marker=marker, fields=["name", "sha1"])
        names += [item.name for item in page.entries]
        marker = page.next_marker
        if not marker:
            break
    assert names == ["0", "1", "2", "3", "4"]


def test_name_that_a_file_has(box, folder):
    first = upload(box, folder, "Report", b"text")
    conflict = expect(409, "item_name_in_use", upload, box, folder, "rePORT", b"other")
    assert conflict.context_info["conflicts"]["id"] == first.id
    preflight = box.uploads.preflight_file_upload_check
    parent = PreflightFileUploadCheckParent(id=folder.id)
    expect(409, "item_name_in_use", preflight, name="report", size=1, parent=parent)
    assert preflight(name="free", size=1, parent=parent).upload_url.endswith("/files/content")


@pytest.mark.parametrize("name", ["a/b", "a\\b", ".", "..", "", "trailing ", "bell\a"])
def test_forbidden_names(box, folder, name):
    expect(400, "item_name_invalid", upload, box, folder, name, b"text")
    expect(400, "item_name_invalid", box.chunked_uploads.create_file_upload_session, folder.id, PART, name)


def test_name_that_is_too_long(box, folder):
    expect(400, "item_name_too_long", upload, box, folder, "a" * 256, b"text")
    assert upload(box, folder, "a" * 255, b"text").name == "a" * 255


def test_rename_move_and_trash(box, folder):
    below = box.folders.create_folder("below", CreateFolderParent(id=folder.id))
    file = upload(box, folder, "a", b"text")
    moved = box.files.update_file_by_id(file.id, name="b", parent=UpdateFileByIdParent(id=below.id), if_match=file.etag)
    assert (moved.name, moved.parent.id, moved.etag) == ("b", below.id, "1")
    expect(412, "precondition_failed", box.files.update_file_by_id, file.id, name="c", if_match=file.etag)
    other = upload(box, folder, "a", b"other")
    expect(409, "item_name_in_use", box.files.update_file_by_id, other.id, name="B", parent=UpdateFileByIdParent(id=below.id))
    expect(412, "precondition_failed", box.files.delete_file_by_id, file.id, if_match="0")
    box.files.delete_file_by_id(file.id, if_match="1")
    expect(404, "trashed", box.files.get_file_by_id, file.id)
    assert upload(box, below, "b", b"again").id != file.id
    assert box.folders.update_folder_by_id(below.id, name="renamed", parent=UpdateFolderByIdParent(id=folder.id)).name == "renamed"


def test_storage_limit(box, server, folder):
    server.fault("multipart", status=403, reason="storage_limit_exceeded")
    expect(403, "storage_limit_exceeded", upload, box, folder, "a", b"text")


def test_small_files_get_no_session(box, server, folder):
    server.box()
    expect(400, "file_size_too_small", box.chunked_uploads.create_file_upload_session, folder.id, 19_999_999, "a")
    session = box.chunked_uploads.create_file_upload_session(folder.id, 20_000_000, "a")
    assert (session.part_size, session.total_parts) == (8 << 20, 3)


def test_session_expires(box, server, folder):
    server.box(part_size=PART, session_size_min=0, session_seconds=0)
    session = box.chunked_uploads.create_file_upload_session(folder.id, PART, "a")
    expect(404, "session_not_found", box.chunked_uploads.get_file_upload_session_by_id, session.id)


def test_client_credentials(server, key):
    config = CCGConfig(client_id="test-client", client_secret="test-secret", enterprise_id="801")
    box = make_client(server, BoxCCGAuth(config=config))
    assert box.users.get_user_me().name == "Tester"
    wrong = CCGConfig(client_id="test-client", client_secret="wrong", enterprise_id="801")
    with pytest.raises(BoxAPIError, match="400"):
        make_client(server, BoxCCGAuth(config=wrong)).users.get_user_me()


def test_refresh_token_is_good_once(server, key):
    auth = BoxOAuth(OAuthConfig(client_id="test-client", client_secret="test-secret"))
    first = f"test-refresh-{key}"
    auth.token_storage.store(AccessToken(access_token="stale", refresh_token=first))
    box = make_client(server, auth)
    assert box.users.get_user_me().name == "Tester"
    second = auth.token_storage.get().refresh_token
    assert second != first
    auth.refresh_token(network_session=box.network_session)
    auth.token_storage.store(AccessToken(access_token="stale", refresh_token=first))
    with pytest.raises(BoxAPIError, match="400"):
        box.users.get_user_me()


def test_app_with_an_encrypted_key(server):
    server.box(public_keys={box_app.KEY_ID: box_app.public_key()})
    config = JWTConfig.from_config_json_string(json.dumps(box_app.configuration()))
    assert make_client(server, BoxJWTAuth(config=config)).users.get_user_me().name == "Tester"
    unknown = JWTConfig.from_config_json_string(json.dumps(box_app.configuration(key_id="unknown")))
    with pytest.raises(BoxAPIError, match="400"):
        make_client(server, BoxJWTAuth(config=unknown)).users.get_user_me()


def test_wrong_token(server):
    with pytest.raises(Exception, match="401|[Dd]eveloper token"):
        make_client(server, BoxDeveloperTokenAuth(token="wrong")).users.get_user_me()
