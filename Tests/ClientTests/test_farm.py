"""A farm that takes animals with pictures, with Google's API client and the farm's own discovery document."""

import base64
import hashlib
import io

import pytest
from google.oauth2.credentials import Credentials
from googleapiclient import discovery
from googleapiclient.errors import HttpError, MediaUploadSizeError, UnacceptableMimeTypeError
from googleapiclient.http import MediaFileUpload, MediaInMemoryUpload, MediaIoBaseUpload

from conftest import BLOCK, content
from test_google_drive import InPieces, UnknownSize, drain


@pytest.fixture
def farm(server, http):
    document = http.get(f"{server.url}/discovery/v1/apis/farm/v1/rest").json()
    with discovery.build_from_document(document, credentials=Credentials("test-token")) as farm:
        yield farm


def check(farm, animal, name, data):
    assert animal["name"] == name
    assert animal["picture"]["size"] == str(len(data))
    assert animal["picture"]["md5Hash"] == base64.b64encode(hashlib.md5(data).digest()).decode()
    assert farm.animals().get(id=animal["id"]).execute() == animal
    assert farm.animals().get_media(id=animal["id"]).execute() == data


def test_insert(farm, server, tmp_path):
    data = content(100_000)
    (tmp_path / "llama.png").write_bytes(data)
    media = MediaFileUpload(str(tmp_path / "llama.png"))
    animal = farm.animals().insert(body={"name": "Llama", "weight": 120}, media_body=media).execute()
    check(farm, animal, "Llama", data)
    assert (animal["picture"]["contentType"], animal["weight"]) == ("image/png", 120)
    assert server.counted("Llama", "farm")["requests_by_kind"]["multipart"] == 1


def test_picture_alone(farm, server):
    animal = farm.animals().insert(media_body=MediaInMemoryUpload(b"picture", "image/png")).execute()
    check(farm, animal, "Untitled", b"picture")
    assert server.counted("Untitled", "farm")["requests_by_kind"]["media"] == 1


@pytest.mark.parametrize("length", [0, 1, BLOCK, BLOCK + 1, 5 * BLOCK])
@pytest.mark.parametrize("kind, chunk", [(MediaIoBaseUpload, BLOCK), (MediaIoBaseUpload, -1), (UnknownSize, BLOCK)])
def test_resumable(farm, server, key, length, kind, chunk):
    data = content(length)
    media = kind(io.BytesIO(data), "image/jpeg", chunksize=chunk, resumable=True)
    animal, _ = drain(farm.animals().insert(body={"name": key}, media_body=media))
    check(farm, animal, key, data)


def test_resumed_after_trouble(farm, server, key):
    data = content(6 * BLOCK)
    media = InPieces(io.BytesIO(data), "image/jpeg", chunksize=BLOCK, resumable=True)
    request = farm.animals().insert(body={"name": key}, media_body=media)
    for action in ({"status": 503}, {"reset_after_bytes": 5}, {"lose_answer": True}):
        server.fault("part", **action)
        try:
            request.next_chunk()
        except HttpError as error:
            assert error.resp.status == 503
        except ConnectionError:
            assert action == {"reset_after_bytes": 5}
    animal, _ = drain(request)
    check(farm, animal, key, data)


def test_client_knows_the_limits(farm, tmp_path):
    (tmp_path / "llama.txt").touch()
    with pytest.raises(UnacceptableMimeTypeError):
        farm.animals().insert(media_body=str(tmp_path / "llama.txt"))

    class Huge(MediaInMemoryUpload):
        def size(self):
            return (10 << 30) + 1

    with pytest.raises(MediaUploadSizeError):
        farm.animals().insert(media_body=Huge(b"", "image/png", resumable=True))


def test_server_knows_the_limits(server, http):
    def begin(**headers):
        headers = {"Authorization": "Bearer test-token"} | {name.replace("_", "-"): value for name, value in headers.items()}
        return http.post(f"{server.url}/upload/farm/v1/animals?uploadType=resumable", headers=headers).status_code

    assert begin(X_Upload_Content_Type="image/png", X_Upload_Content_Length=str(10 << 30)) == 200
    assert begin(X_Upload_Content_Type="image/png", X_Upload_Content_Length=str((10 << 30) + 1)) == 413
    assert begin(X_Upload_Content_Type="text/plain") == 400
    assert begin(Authorization="Bearer another") == 401


def test_animals_without_pictures(farm, key):
    body = {"name": key, "species": "Lama glama"}
    method = farm.animals().insert(body=body)
    animal = method.execute()
    assert "picture" not in animal
    changed = farm.animals().patch(id=animal["id"], body={"name": f"{key}-2"}).execute()
    assert (changed["name"], changed["species"]) == (f"{key}-2", "Lama glama")
    assert animal["id"] in [item["id"] for item in farm.animals().list().execute()["items"]]
    farm.animals().delete(id=animal["id"]).execute()
    with pytest.raises(HttpError) as error:
        farm.animals().get(id=animal["id"]).execute()
    assert error.value.resp.status == 404
