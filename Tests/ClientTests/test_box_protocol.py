"""The rules of Box's protocol that its SDKs do not reach, as plain requests."""

import base64
import hashlib

import pytest
import requests

from conftest import content

PART = 256 * 1024
TOKEN = {"Authorization": "Bearer test-token"}


def sha(data):
    return "sha=" + base64.b64encode(hashlib.sha1(data).digest()).decode()


def form(*parts):
    """A body of multipart/form-data, and its content type."""
    lines = "".join(f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in parts)
    return lines + "--B--\r\n", {**TOKEN, "Content-Type": "multipart/form-data; boundary=B"}


@pytest.fixture
def box(server, http):
    server.box(part_size=PART, session_size_min=0)
    http.headers.update(TOKEN)
    return f"{server.url}/box"


def begin(http, box, name, size):
    answer = http.post(f"{box}/api/2.0/files/upload_sessions", json={"folder_id": "0", "file_name": name, "file_size": size})
    assert answer.status_code == 201
    return answer.json()["session_endpoints"]


def put(http, session, data, offset, total, **headers):
    span = f"bytes {offset}-{offset + len(data) - 1}/{total}"
    return http.put(session["upload_part"], data=data, headers={"Content-Range": span, "Digest": sha(data), **headers})


def commit(http, session, data, parts):
    return http.post(session["commit"], json={"parts": parts}, headers={"Digest": sha(data)})


def listed(http, session):
    return http.get(session["list_parts"]).json()["entries"]


def test_attributes_come_first(http, box, key):
    attributes = ("attributes", f'{{"name":"{key}","parent":{{"id":"0"}}}}')
    body, headers = form(("file", "text"), attributes)
    answer = http.post(f"{box}/api/2.0/files/content", data=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "metadata_after_file_contents")
    body, headers = form(attributes, ("file", "text"))
    assert http.post(f"{box}/api/2.0/files/content", data=body[:-9], headers=headers).status_code == 400
    answer = http.post(f"{box}/api/2.0/files/content", data=body, headers=headers)
    assert (answer.status_code, answer.json()["entries"][0]["size"]) == (201, 4)


def test_fields_that_were_asked_for(http, box, key):
    body, headers = form(("attributes", f'{{"name":"{key}","parent":{{"id":"0"}}}}'), ("file", "text"))
    answer = http.post(f"{box}/api/2.0/files/content?fields=sha1,size", data=body, headers=headers)
    assert set(answer.json()["entries"][0]) == {"type", "id", "etag", "sha1", "size"}


def test_part_that_breaks_off_is_not_there(server, http, box, key):
    data = content(2 * PART)
    session = begin(http, box, key, len(data))
    server.fault("part", reset_after_bytes=PART // 2)
    with pytest.raises(requests.exceptions.ConnectionError):
        put(http, session, data[:PART], 0, len(data))
    assert listed(http, session) == []
    server.fault("part", lose_answer=True)
    with pytest.raises(requests.exceptions.ConnectionError):
        put(http, session, data[:PART], 0, len(data))
    assert [part["offset"] for part in listed(http, session)] == [0]
    assert put(http, session, data[:PART], 0, len(data)).status_code == 409
    assert server.counted(key, "box")["resent_bytes"] == PART


def test_ranges_that_are_no_parts(http, box, key):
    session = begin(http, box, key, 2 * PART + 1)
    data = content(PART)
    for offset, length, total in ((0, PART - 1, 2 * PART + 1), (1, PART, 2 * PART + 1), (0, PART, 2 * PART)):
        assert put(http, session, data[:length], offset, total).status_code == 416
    assert put(http, session, data[:2], 2 * PART, 2 * PART + 2).status_code == 416
    assert http.put(session["upload_part"], data=data, headers={"Digest": sha(data)}).status_code == 400


def test_wrong_digests_from_the_server(server, http, box, key):
    data = content(PART)
    session = begin(http, box, key, len(data))
    server.fault("part", wrong_crc32c=True)
    wrong = put(http, session, data, 0, len(data)).json()["part"]["sha1"]
    parts = listed(http, session)
    assert parts[0]["sha1"] == hashlib.sha1(data).hexdigest() != wrong
    server.fault("commit", wrong_crc32c=True)
    assert commit(http, session, data, parts).json()["entries"][0]["sha1"] != parts[0]["sha1"]


@pytest.mark.parametrize("status", [404, 410])
def test_lost_session(server, http, box, key, status):
    session = begin(http, box, key, PART)
    server.fault("probe", lose_session=status)
    assert http.get(session["status"]).status_code == status
    assert put(http, session, content(PART), 0, PART).status_code == status


def test_parts_that_are_not_processed_yet(server, http, box, key):
    data = content(PART)
    session = begin(http, box, key, len(data))
    put(http, session, data, 0, len(data))
    server.fault("commit", status=202, retry_after=3)
    answer = commit(http, session, data, listed(http, session))
    assert (answer.status_code, answer.headers["Retry-After"], answer.content) == (202, "3", b"")
    server.fault("commit", status=400, reason="parts_mismatch")
    assert commit(http, session, data, listed(http, session)).json()["code"] == "parts_mismatch"
    assert commit(http, session, data, listed(http, session)).status_code == 201


def test_name_taken_while_the_session_was_open(http, box, key):
    data = content(PART)
    session, other = begin(http, box, key, len(data)), begin(http, box, key.upper(), len(data))
    for each in (session, other):
        put(http, each, data, 0, len(data))
    assert commit(http, session, data, listed(http, session)).status_code == 201
    answer = commit(http, other, data, listed(http, other))
    assert (answer.status_code, answer.json()["code"]) == (409, "item_name_in_use")
    assert answer.json()["context_info"]["conflicts"]["name"] == key


def test_session_outlives_the_server(own_server, http, key):
    own_server.box(part_size=PART, session_size_min=0)
    http.headers.update(TOKEN)
    data = content(2 * PART)
    session = begin(http, f"{own_server.url}/box", key, len(data))
    put(http, session, data[PART:], PART, len(data))
    before = own_server.url
    own_server.kill()
    own_server.start()
    session = {name: url.replace(before, own_server.url) for name, url in session.items()}
    assert [part["offset"] for part in listed(http, session)] == [PART]
    put(http, session, data[:PART], 0, len(data))
    file = commit(http, session, data, listed(http, session)).json()["entries"][0]
    own_server.kill()
    before = own_server.url
    own_server.start()
    assert http.get(f"{own_server.url}/box/2.0/files/{file['id']}/content").content == data


def test_wrong_token(http, box):
    answer = requests.get(f"{box}/2.0/folders/0", headers={"Authorization": "Bearer wrong"})
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert requests.get(f"{box}/2.0/folders/0").status_code == 401
