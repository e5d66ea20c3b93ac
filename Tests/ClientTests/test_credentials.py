"""google-auth against the test server's token endpoints."""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from google.auth.credentials import CredentialsWithRegionalAccessBoundary
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from google.cloud import storage
from google.oauth2 import credentials as user
from google.oauth2 import service_account

SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"


@pytest.fixture(autouse=True)
def stay_on_this_machine(monkeypatch):
    """Service accounts also ask a Google host where they may be used from; nothing in these tests is for others to answer."""
    name = "_is_regional_access_boundary_lookup_required"
    monkeypatch.setattr(CredentialsWithRegionalAccessBoundary, name, lambda self: False)


@pytest.fixture(scope="session")
def private_key():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture
def account(server, private_key):
    info = {
        "type": "service_account",
        "client_email": "tester@test.iam.gserviceaccount.com",
        "private_key_id": "1",
        "private_key": private_key,
        "token_uri": f"{server.url}/oauth2/token",
    }
    return service_account.Credentials.from_service_account_info(info, scopes=[SCOPE])


def bucket_of(server, credentials):
    client = storage.Client(project="test", credentials=credentials, client_options={"api_endpoint": server.url})
    return client.bucket("demo")


def test_service_account(server, account, key):
    bucket_of(server, account).blob(key).upload_from_string("text")
    assert account.token == "test-token"
    assert server.counters()["requests_by_kind"]["token"] >= 1


def test_authorized_user(server, key):
    credentials = user.Credentials(
        None, refresh_token="r", client_id="c", client_secret="s", token_uri=f"{server.url}/oauth2/token"
    )
    bucket_of(server, credentials).blob(key).upload_from_string("text")
    assert credentials.token == "test-token"


def test_metadata_server(server, http):
    answer = http.get(
        f"{server.url}/computeMetadata/v1/instance/service-accounts/default/token", headers={"Metadata-Flavor": "Google"}
    )
    assert answer.headers["Metadata-Flavor"] == "Google"
    assert answer.json() == {"access_token": "test-token", "expires_in": 3600, "token_type": "Bearer"}
    assert http.get(answer.url).status_code == 403


def test_token_is_refreshed_after_401(server, account, key):
    server.fault("token", access_token="stale", expires_in=600)
    account.refresh(Request())
    assert account.token == "stale"
    bucket_of(server, account).blob(key).upload_from_string("text")
    assert account.token == "test-token"


@pytest.mark.parametrize("authorization", ["Bearer wrong", "Basic dGVzdC10b2tlbg==", "test-token"])
def test_wrong_token(server, http, authorization):
    answer = http.get(f"{server.url}/storage/v1/b/demo", headers={"Authorization": authorization})
    assert answer.status_code == 401
    assert answer.json()["error"]["errors"][0]["reason"] == "authError"


@pytest.mark.parametrize(
    "form", [{}, {"grant_type": "password"}, {"grant_type": "refresh_token", "client_id": "c"},
             {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "a.b"}]
)
def test_bad_forms(server, http, form):
    answer = http.post(f"{server.url}/oauth2/token", data=form)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_assertion_for_another_audience(server, account):
    account._token_uri = f"{server.url}/oauth2/token"
    account._additional_claims = {"aud": "https://example.org"}
    with pytest.raises(RefreshError):
        account.refresh(Request())
