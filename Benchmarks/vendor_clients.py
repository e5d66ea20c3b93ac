#!/usr/bin/env python3
"""Uploads files with the services' own Python clients, and prints how many seconds that took, without loading the client.

    vendor_clients.py SERVICE URL PART_SIZE THREADS FILE…

Runs in the environment of Tests/ClientTests. A large file goes up as its client resumes uploads, with parts of PART_SIZE bytes, and
THREADS of them at once where the client can; several files go up THREADS at a time, each as its client sends small files."""

import concurrent.futures
import io
import json
import os
import pathlib
import socket
import sys
import threading
import time

LARGE = 16 << 20


class CloudStorage:
    def __init__(self, url, part_size, threads):
        from google.auth.credentials import AnonymousCredentials
        from google.cloud import storage

        self.part_size = part_size
        client = storage.Client(project="bench", credentials=AnonymousCredentials(), client_options={"api_endpoint": url})
        self.bucket = client.bucket("demo")

    def large(self, path):
        self.bucket.blob("vendor/large", chunk_size=self.part_size).upload_from_filename(path, checksum="crc32c")

    def small(self, path):
        self.bucket.blob(f"vendor/{path.name}").upload_from_filename(path, checksum="crc32c")


class CloudStorageInParallel(CloudStorage):
    def __init__(self, url, part_size, threads):
        super().__init__(url, part_size, threads)
        self.threads = threads

    def large(self, path):
        from google.cloud.storage import transfer_manager

        transfer_manager.upload_chunks_concurrently(
            str(path), self.bucket.blob("vendor/large"), chunk_size=self.part_size, max_workers=self.threads,
            worker_type=transfer_manager.THREAD, checksum="crc32c")


class Drive:
    def __init__(self, url, part_size, threads):
        from google.oauth2.credentials import Credentials
        from googleapiclient import discovery, discovery_cache

        document = json.loads(discovery_cache.get_static_doc("drive", "v3"))
        document["rootUrl"] = document["rootUrl"].replace("https:", "http:")
        self.part_size = part_size
        # The client's HTTP library is for one thread.
        self.local = threading.local()
        self.connect = lambda: discovery.build_from_document(
            document, credentials=Credentials("test-token"), client_options={"api_endpoint": f"{url}/drive/v3/"})

    @property
    def files(self):
        if not hasattr(self.local, "files"):
            self.local.files = self.connect().files()
        return self.local.files

    def create(self, name, path, **options):
        from googleapiclient.http import MediaFileUpload

        media = MediaFileUpload(str(path), "application/octet-stream", **options)
        return self.files.create(body={"name": name, "parents": ["root"]}, media_body=media, fields="id,size,sha256Checksum")

    def large(self, path):
        request, response = self.create("vendor-large", path, chunksize=self.part_size, resumable=True), None
        while response is None:
            _, response = request.next_chunk()

    def small(self, path):
        self.create(path.name, path).execute()


class Farm(Drive):
    def __init__(self, url, part_size, threads):
        import urllib.request

        from google.oauth2.credentials import Credentials
        from googleapiclient import discovery

        with urllib.request.urlopen(f"{url}/discovery/v1/apis/farm/v1/rest") as answer:
            document = json.load(answer)
        self.part_size = part_size
        self.local = threading.local()
        self.connect = lambda: discovery.build_from_document(document, credentials=Credentials("test-token"))

    @property
    def files(self):
        if not hasattr(self.local, "files"):
            self.local.files = self.connect().animals()
        return self.local.files

    def create(self, name, path, **options):
        from googleapiclient.http import MediaFileUpload

        return self.files.insert(body={"name": name}, media_body=MediaFileUpload(str(path), "image/png", **options))


class Box:
    def __init__(self, url, part_size, threads):
        from box_sdk_gen import BoxClient, BoxDeveloperTokenAuth, NetworkSession
        from box_sdk_gen.networking.base_urls import BaseUrls

        urls = BaseUrls(base_url=f"{url}/box", upload_url=f"{url}/box/api", oauth_2_url=f"{url}/box/oauth2")
        self.client = BoxClient(auth=BoxDeveloperTokenAuth(token="test-token"), network_session=NetworkSession(base_urls=urls))

    def large(self, path):
        with open(path, "rb") as file:
            self.client.chunked_uploads.upload_big_file(file, "vendor-large", path.stat().st_size, "0")

    def small(self, path):
        from box_sdk_gen.managers.uploads import UploadFileAttributes, UploadFileAttributesParentField

        attributes = UploadFileAttributes(name=path.name, parent=UploadFileAttributesParentField(id="0"))
        self.client.uploads.upload_file(attributes, io.BytesIO(path.read_bytes()))


class HuaweiOBS:
    def __init__(self, url, part_size, threads):
        from obs import ObsClient

        # The client puts the bucket into the host's name.
        resolve = socket.getaddrinfo
        socket.getaddrinfo = lambda host, *rest, **options: resolve(
            "127.0.0.1" if host.endswith("localhost") else host, *rest, **options)
        self.part_size, self.threads = part_size, threads
        self.client = ObsClient(
            access_key_id="TESTKEY", secret_access_key="testsecret", server=f"http://localhost:{url.rsplit(':', 1)[1]}", signature="obs")

    def check(self, answer):
        assert answer.status < 300, answer.errorMessage

    def large(self, path):
        self.check(self.client.uploadFile(
            "demo", "vendor/large", str(path), partSize=self.part_size, taskNum=self.threads, enableCheckpoint=True))

    def small(self, path):
        self.check(self.client.putFile("demo", f"vendor/{path.name}", str(path)))


CLIENTS = {"gs": CloudStorage, "gs-parallel": CloudStorageInParallel, "gdrive": Drive, "farm": Farm, "box": Box, "obs": HuaweiOBS}


def main():
    service, url, part_size, threads, *names = sys.argv[1:]
    paths = [pathlib.Path(name) for name in names]
    if len(paths) == 1 and paths[0].is_dir():
        paths = sorted(paths[0].rglob("*.dat"))
    client = CLIENTS[service](url, int(part_size), int(threads))
    start = time.monotonic()
    if paths[0].stat().st_size >= LARGE:
        client.large(paths[0])
    else:
        with concurrent.futures.ThreadPoolExecutor(int(threads)) as pool:
            list(pool.map(client.small, paths))
    print(time.monotonic() - start)


if __name__ == "__main__":
    main()
