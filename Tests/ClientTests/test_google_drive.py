"""Drive with Google's API client, from the discovery document that comes with it."""

import hashlib
import io
import json

import pytest
from google.oauth2.credentials import Credentials
from googleapiclient import discovery, discovery_cache
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaFileUpload, MediaIoBaseUpload

from conftest import BLOCK, content

FIELDS = "id,name,size,md5Checksum,sha1Checksum,sha256Checksum,headRevisionId,version,parents,mimeType,trashed,modifiedTime,appProperties"
FOLDER = "application/vnd.google-apps.folder"


@pytest.fixture
def drive(server):
    # An endpoint replaces the host of the upload URLs and not their scheme.
    document = json.loads(discovery_cache.get_static_doc("drive", "v3"))
    document["rootUrl"] = document["rootUrl"].replace("https:", "http:")
    with discovery.build_from_document(
        document, credentials=Credentials("test-token"), client_options={"api_endpoint": f"{server.url}/drive/v3/"}
    ) as drive:
        yield drive


@pytest.fixture
def folder(drive, key):
    """A folder of the test's own."""
    return drive.files().create(body={"name": key, "mimeType": FOLDER}, fields="id").execute()["id"]


def media(data, **arguments):
    return MediaIoBaseUpload(io.BytesIO(data), "application/x-test", **arguments)


def create(drive, folder, data, name="a.bin", **arguments):
    request = drive.files().create(body={"name": name, "parents": [folder]}, media_body=media(data, **arguments), fields=FIELDS)
    return request if arguments.get("resumable") else request.execute()


def drain(request):
    """Sends chunk after chunk, as the guides of the client do."""
    response, steps = None, 0
    while response is None:
        _, response = request.next_chunk()
        steps += 1
    return response, steps


def downloaded(drive, id):
    return drive.files().get_media(fileId=id).execute()


def refusal(request):
    with pytest.raises(HttpError) as error:
        request.execute()
    return error.value.resp.status, error.value.error_details[0]["reason"]


def check(resource, data):
    assert resource["size"] == str(len(data))
    assert resource["md5Checksum"] == hashlib.md5(data).hexdigest()
    assert resource["sha1Checksum"] == hashlib.sha1(data).hexdigest()
    assert resource["sha256Checksum"] == hashlib.sha256(data).hexdigest()


def test_simple_and_multipart(server, drive, folder, key):
    data = content(100_000)
    simple = drive.files().create(media_body=media(data), fields=FIELDS).execute()
    assert (simple["name"], simple["mimeType"]) == ("Untitled", "application/x-test")
    check(simple, data)
    multipart = create(drive, folder, data)
    check(multipart, data)
    assert multipart["parents"] == [folder]
    assert downloaded(drive, multipart["id"]) == data
    assert server.counted(f"{key}/a.bin", "drive")["requests_by_kind"]["multipart"] == 1


@pytest.mark.parametrize("length", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 1_000_000])
def test_resumable(server, drive, folder, key, length):
    data = content(length)
    resource, steps = drain(create(drive, folder, data, chunksize=BLOCK, resumable=True))
    check(resource, data)
    assert downloaded(drive, resource["id"]) == data
    counted = server.counted(f"{key}/a.bin", "drive")
    assert counted["body_bytes"] == length
    assert counted["requests_by_kind"]["part"] == steps


def test_whole_remainder_in_one_request(server, drive, folder, key, tmp_path):
    data = content(5 * BLOCK + 7)
    (tmp_path / "file").write_bytes(data)
    body = MediaFileUpload(str(tmp_path / "file"), "image/png", chunksize=-1, resumable=True)
    resource, steps = drain(drive.files().create(body={"name": "a", "parents": [folder]}, media_body=body, fields=FIELDS))
    check(resource, data)
    assert (resource["mimeType"], steps) == ("image/png", 1)


class InPieces(MediaIoBaseUpload):
    """Read piece by piece: httplib2 repeats a request whose connection broke, and would go on in the middle of a stream."""

    def has_stream(self):
        return False


class UnknownSize(InPieces):
    """Data whose end is not known before it is reached."""

    def size(self):
        return None


@pytest.mark.parametrize("length", [0, 1, BLOCK, 2 * BLOCK, 2 * BLOCK + 1])
def test_unknown_size(server, drive, folder, length):
    data = content(length)
    body = UnknownSize(io.BytesIO(data), "application/x-test", chunksize=BLOCK, resumable=True)
    resource, _ = drain(drive.files().create(body={"name": "a", "parents": [folder]}, media_body=body, fields=FIELDS))
    check(resource, data)


@pytest.mark.parametrize(
    "action, resent",
    [
        ({"status": 503}, {0}),
        ({"persist_bytes": BLOCK}, {0}),
        ({"lose_answer": True}, {2 * BLOCK}),
        # The client notices while it is sending, or when it waits for the answer and then sends all again.
        ({"reset_after_bytes": BLOCK + 1000}, {0, BLOCK}),
    ],
    ids=str,
)
def test_resumed_after_trouble(server, drive, folder, key, action, resent):
    data = content(8 * BLOCK)
    body = InPieces(io.BytesIO(data), "application/x-test", chunksize=2 * BLOCK, resumable=True)
    request = drive.files().create(body={"name": "a.bin", "parents": [folder]}, media_body=body, fields=FIELDS)
    request.next_chunk()
    server.fault("part", **action)
    try:
        request.next_chunk()
    except HttpError as error:
        assert error.resp.status == action.get("status")
    except ConnectionError:
        assert "reset_after_bytes" in action
    resource, _ = drain(request)
    check(resource, data)
    assert server.counted(f"{key}/a.bin", "drive")["resent_bytes"] in resent


def test_lost_session(server, drive, folder):
    request = create(drive, folder, content(4 * BLOCK), chunksize=2 * BLOCK, resumable=True)
    request.next_chunk()
    server.fault("part", lose_session=404)
    with pytest.raises(HttpError) as error:
        request.next_chunk()
    assert error.value.resp.status == 404


def test_update_keeps_the_id(drive, folder):
    first = create(drive, folder, b"first")
    second = drive.files().update(fileId=first["id"], media_body=media(b"second"), fields=FIELDS).execute()
    assert second["id"] == first["id"]
    assert second["headRevisionId"] != first["headRevisionId"]
    assert int(second["version"]) > int(first["version"])
    check(second, b"second")
    resumable = drive.files().update(fileId=first["id"], media_body=media(content(BLOCK + 1), resumable=True), fields=FIELDS)
    third, _ = drain(resumable)
    assert third["id"] == first["id"]
    assert downloaded(drive, third["id"]) == content(BLOCK + 1)
    assert len(drive.revisions().list(fileId=first["id"]).execute()["revisions"]) == 3
    parents = drive.files().update(fileId=first["id"], body={"parents": ["root"]}, media_body=media(b""))
    assert refusal(parents) == (403, "fieldNotWritable")


def test_ids_in_advance(drive, folder):
    ids = drive.files().generateIds(count=3, space="drive").execute()["ids"]
    assert len(set(ids)) == 3
    body = {"id": ids[0], "name": "a", "parents": [folder]}
    assert drive.files().create(body=body, media_body=media(b"once"), fields="id").execute() == {"id": ids[0]}
    for resumable in (False, True):
        again = drive.files().create(body=body, media_body=media(b"twice", resumable=resumable))
        assert refusal(again) == (409, "fileIdInUse")
    assert downloaded(drive, ids[0]) == b"once"
    chosen = drive.files().create(body={"id": "0" * 33, "name": "a"}, media_body=media(b""))
    assert refusal(chosen)[0] == 400
    assert refusal(drive.files().generateIds(count=1001))[0] == 400


def test_two_sessions_with_one_id(drive, folder):
    id = drive.files().generateIds(count=1).execute()["ids"][0]
    requests = [
        drive.files().create(body={"id": id, "name": "a", "parents": [folder]}, media_body=media(data, resumable=True, chunksize=BLOCK))
        for data in (content(BLOCK + 1, 1), content(BLOCK + 1, 2))
    ]
    for request in requests:
        request.next_chunk()
    drain(requests[0])
    with pytest.raises(HttpError) as error:
        drain(requests[1])
    assert error.value.resp.status == 409
    assert downloaded(drive, id) == content(BLOCK + 1, 1)


def test_names_are_not_unique(drive, folder):
    for data in (b"one", b"two", b"three"):
        create(drive, folder, data)
    found = drive.files().list(q=f"name = 'a.bin' and '{folder}' in parents and trashed = false", fields="files(id,size)").execute()
    assert sorted(file["size"] for file in found["files"]) == ["3", "3", "5"]


@pytest.mark.parametrize("name", ["it's", "back\\slash", "both \\'", "ümlaut", "a and b", "(x)", "tab\t"])
def test_search_for_any_name(drive, folder, name):
    id = create(drive, folder, b"", name)["id"]
    quoted = name.replace("\\", "\\\\").replace("'", "\\'")
    found = drive.files().list(q=f"name = '{quoted}' and '{folder}' in parents and trashed = false").execute()
    assert [file["id"] for file in found["files"]] == [id]


def test_search(drive, folder):
    for name in ("one.txt", "two.txt", "three.bin"):
        create(drive, folder, name.encode(), name)
    below = drive.files().create(body={"name": "below", "mimeType": FOLDER, "parents": [folder]}).execute()["id"]

    def names(query, **arguments):
        found = drive.files().list(q=f"'{folder}' in parents and ({query})", orderBy="name", **arguments).execute()
        return [file["name"] for file in found["files"]]

    assert names("name contains 'T'") == ["three.bin", "two.txt"]
    assert names(f"mimeType = '{FOLDER}'") == ["below"]
    assert names(f"mimeType != '{FOLDER}' and not name = 'two.txt'") == ["one.txt", "three.bin"]
    assert names("name = 'one.txt' or name = 'two.txt' and trashed = true") == ["one.txt"]
    assert names("trashed = false", pageSize=1) == ["below"]
    drive.files().update(fileId=below, body={"appProperties": {"token": "it's"}}).execute()
    assert names("appProperties has { key='token' and value='it\\'s' }") == ["below"]
    assert refusal(drive.files().list(q="'nowhere' in parents")) == (404, "notFound")
    for wrong in ("name ~ 'x'", "name = 'x", "size = 5", "name = 'x' and", ")"):
        assert refusal(drive.files().list(q=wrong))[0] == 400


def test_pages(drive, folder):
    for index in range(7):
        create(drive, folder, b"", str(index))
    found, request = [], drive.files().list(q=f"'{folder}' in parents", pageSize=3, orderBy="name desc", fields="nextPageToken,files/name")
    while request:
        page = request.execute()
        assert set(page["files"][0]) == {"name"}
        found += [file["name"] for file in page["files"]]
        request = drive.files().list_next(request, page)
    assert found == list("6543210")


def test_rename_and_move(drive, folder):
    target = drive.files().create(body={"name": "target", "mimeType": FOLDER, "parents": [folder]}).execute()["id"]
    first = create(drive, folder, b"text")
    moved = drive.files().update(
        fileId=first["id"], body={"name": "b.bin"}, addParents=target, removeParents=folder, fields=FIELDS
    ).execute()
    assert (moved["name"], moved["parents"], moved["id"]) == ("b.bin", [target], first["id"])
    assert moved["headRevisionId"] == first["headRevisionId"]
    assert refusal(drive.files().update(fileId=first["id"], addParents=folder)) == (403, "cannotAddParent")
    assert refusal(drive.files().update(fileId=first["id"], addParents="nowhere", removeParents=target)) == (404, "notFound")


def test_metadata(drive, folder):
    body = {"name": "a", "parents": [folder], "modifiedTime": "2001-02-03T04:05:06+01:00", "appProperties": {"one": "1", "two": "2"}}
    file = drive.files().create(body=body, media_body=media(b"text"), fields=FIELDS).execute()
    assert file["modifiedTime"] == "2001-02-03T03:05:06.000Z"
    changed = drive.files().update(fileId=file["id"], body={"appProperties": {"one": None, "three": "3"}}, fields=FIELDS).execute()
    assert changed["appProperties"] == {"two": "2", "three": "3"}
    assert set(drive.files().get(fileId=file["id"]).execute()) == {"kind", "id", "name", "mimeType"}
    assert "createdTime" in drive.files().get(fileId=file["id"], fields="*").execute()
    long = drive.files().update(fileId=file["id"], body={"appProperties": {"key": "x" * 122}})
    assert refusal(long)[0] == 400


def test_trash_and_removal(drive, folder):
    file = create(drive, folder, b"text")
    assert drive.files().update(fileId=folder, body={"trashed": True}, fields="trashed").execute() == {"trashed": True}
    resource = drive.files().get(fileId=file["id"], fields="trashed,explicitlyTrashed").execute()
    assert resource == {"trashed": True, "explicitlyTrashed": False}
    assert drive.files().list(q=f"'{folder}' in parents and trashed = false").execute()["files"] == []
    drive.files().update(fileId=folder, body={"trashed": False}).execute()
    assert downloaded(drive, file["id"]) == b"text"
    drive.files().delete(fileId=folder).execute()
    for id in (folder, file["id"]):
        assert refusal(drive.files().get(fileId=id)) == (404, "notFound")


def test_shared_drive(drive, key):
    shared = drive.drives().create(requestId=key, body={"name": key}).execute()["id"]
    hidden = drive.files().create(body={"name": "a", "parents": [shared]}, media_body=media(b"text"))
    assert refusal(hidden) == (404, "notFound")
    file = drive.files().create(
        body={"name": "a", "parents": [shared]}, media_body=media(b"text"), supportsAllDrives=True, fields="id,driveId"
    ).execute()
    assert file["driveId"] == shared
    assert refusal(drive.files().get(fileId=file["id"])) == (404, "notFound")
    assert drive.files().list(q=f"'{shared}' in parents").execute()["files"] == []
    everything = {"supportsAllDrives": True, "includeItemsFromAllDrives": True}
    assert len(drive.files().list(q=f"'{shared}' in parents", **everything).execute()["files"]) == 1
    assert len(drive.files().list(corpora="drive", driveId=shared, **everything).execute()["files"]) == 1


def test_token_is_wanted(server, http):
    for headers in ({}, {"Authorization": "Bearer another"}):
        answer = http.get(f"{server.url}/drive/v3/files", headers=headers)
        assert (answer.status_code, answer.json()["error"]["errors"][0]["reason"]) == (401, "authError")


def test_scripted_refusal(server, drive, folder):
    server.fault("multipart", status=403, reason="storageQuotaExceeded")
    with pytest.raises(HttpError) as error:
        create(drive, folder, b"text")
    assert error.value.error_details[0]["reason"] == "storageQuotaExceeded"


def test_files_outlive_the_server(own_server):
    def client():
        document = json.loads(discovery_cache.get_static_doc("drive", "v3"))
        document["rootUrl"] = f"{own_server.url}/"
        return discovery.build_from_document(document, credentials=Credentials("test-token"))

    file = create(client(), "root", b"text")
    own_server.kill()
    own_server.start()
    assert downloaded(client(), file["id"]) == b"text"
