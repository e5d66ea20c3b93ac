"""An app of Box as its developer console hands it out: a file with an encrypted key, of which the service has the public half."""

import functools

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat, PublicFormat

KEY_ID = "abcd1234"


@functools.cache
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_key():
    return key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def configuration(key_id=KEY_ID):
    private = key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"passphrase")).decode()
    auth = {"publicKeyID": key_id, "privateKey": private, "passphrase": "passphrase"}
    app = {"clientID": "test-client", "clientSecret": "test-secret", "appAuth": auth}
    return {"boxAppSettings": app, "enterpriseID": "801"}
