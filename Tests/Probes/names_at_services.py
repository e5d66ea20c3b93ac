"""Files with odd names: changes them on a mount, and compares the mount with what a service of the test server holds.

    names_at_services.py compare SERVICE URL MOUNT    prints what differs, a line each; nothing where all is the same
    names_at_services.py change MOUNT SEED COUNT [distinct]
                                                      changes files and directories at random; with `distinct`, no two names beside
                                                      each other differ only in case or Unicode form
"""

import collections
import hashlib
import json
import os
import random
import sys
import unicodedata
import urllib.parse
import urllib.request

NAMES = [
    "a", "A", "report", "Report", "\u00e9", "e\u0301", "\u00c9", "E\u0301", "\u0301", "\u0301x", "\u0308\u0301y", "'\u0301q", "q'",
    "&\u0301=\u0301", "%\u0301", "%41", "a b", "a+b", "\u00c5", "\u212b", "A\u030a", "\ufb01n", "fin", "\uac00", "\u1100\u1161",
    "\u65e5\u672c", "\uff21", "\u20dd\ufe0f", "x" * 200, "\u200dz", "\U0001f468\u200d\U0001f469",
]


def get(url, path, **query):
    address = url + path + ("?" + urllib.parse.urlencode(query) if query else "")
    request = urllib.request.Request(address, headers={"Authorization": "Bearer test-token"} if "/storage/" not in path else {})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def objects(url):
    """Of Cloud Storage and OBS, which are one store in the test server: (path, MD5)."""
    token = None
    while True:
        page = get(url, "/storage/v1/b/demo/o", **({"pageToken": token} if token else {}))
        for item in page.get("items", []):
            yield item["name"], item["md5Hash"]
        token = page.get("nextPageToken")
        if not token:
            return


def drive(url):
    files = get(url, "/drive/v3/files", q="trashed = false", pageSize=1000, fields="files(id,name,mimeType,parents,sha256Checksum)")["files"]
    by_id = {file["id"]: file for file in files}

    def path(file):
        parent = by_id.get(file["parents"][0])
        return (path(parent) + "/" if parent else "") + file["name"]

    for file in files:
        if file["mimeType"] != "application/vnd.google-apps.folder":
            yield path(file), file["sha256Checksum"]


def box(url, folder="0", prefix=""):
    for item in get(url, f"/box/2.0/folders/{folder}/items", limit=1000, fields="id,type,name,sha1")["entries"]:
        if item["type"] == "folder":
            yield from box(url, item["id"], prefix + item["name"] + "/")
        else:
            yield prefix + item["name"], item["sha1"]


def base64_md5(content):
    import base64

    return base64.b64encode(hashlib.md5(content).digest()).decode()


SERVICES = {
    "gs": (objects, base64_md5),
    "obs": (objects, base64_md5),
    "gdrive": (drive, lambda content: hashlib.sha256(content).hexdigest()),
    "box": (box, lambda content: hashlib.sha1(content).hexdigest()),
}


def compare(service, url, mount):
    listing, digest = SERVICES[service]
    remote = collections.Counter((path.encode(), check) for path, check in listing(url))
    local = collections.Counter()
    root = mount.encode()
    for directory, _, files in os.walk(root):
        for name in files:
            path = os.path.join(directory, name)
            if os.lstat(path).st_mode & 0o170000 != 0o100000:
                continue
            with open(path, "rb") as file:
                local[(os.path.relpath(path, root), digest(file.read()))] += 1
    for path, check in sorted((remote - local).elements()):
        print("only at the service:", ascii(path.decode()), check)
    for path, check in sorted((local - remote).elements()):
        print("only on the mount:", ascii(path.decode()), check)


def folded(name):
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).lower())


class Changes:
    def __init__(self, mount, seed, distinct):
        self.mount, self.random, self.distinct = mount, random.Random(seed), distinct

    def all(self):
        files, directories = [], [self.mount]
        for directory, below, names in os.walk(self.mount):
            directories += [os.path.join(directory, name) for name in below]
            files += [os.path.join(directory, name) for name in names if not name.startswith(".uploadfs")]
        return sorted(files), sorted(directories)

    def new_path(self, directories, ending, instead_of=None):
        """A path that is free, and where that is asked for, like no name beside it but the one that it takes the place of."""
        for _ in range(20):
            directory = self.random.choice(directories)
            if instead_of and (directory + "/").startswith(instead_of + "/"):
                continue
            if instead_of and self.random.random() < 0.5:
                directory = os.path.dirname(instead_of)
            name = self.random.choice(NAMES) + ending
            path = os.path.join(directory, name)
            beside = [other for other in os.listdir(directory) if os.path.join(directory, other) != instead_of]
            if name in beside or path == instead_of or len(path.encode()) > 900:
                continue
            if self.distinct and folded(name) in map(folded, beside):
                continue
            return path
        return None

    def run(self, count):
        for number in range(count):
            files, directories = self.all()
            kind = self.random.choice(["write", "write", "write", "rewrite", "rename", "rename", "rename", "mkdir", "move", "remove"])
            if kind == "write":
                path = self.new_path(directories, "")
                if path:
                    with open(path, "w") as file:
                        file.write(f"{self.random.random()} {number}")
            elif kind == "rewrite" and files:
                with open(self.random.choice(files), "a") as file:
                    file.write(f" more {number}")
            elif kind == "rename" and files:
                source = self.random.choice(files)
                target = self.new_path(directories, "", instead_of=source)
                if target:
                    os.rename(source, target)
            elif kind == "mkdir" and len(directories) < 12:
                path = self.new_path(directories, ".d")
                if path:
                    os.mkdir(path)
            elif kind == "move" and len(directories) > 1:
                source = self.random.choice(directories[1:])
                target = self.new_path(directories, ".d", instead_of=source)
                if target:
                    os.rename(source, target)
            elif kind == "remove" and files:
                os.remove(self.random.choice(files))


if __name__ == "__main__":
    if sys.argv[1] == "compare":
        compare(*sys.argv[2:5])
    else:
        Changes(sys.argv[2], int(sys.argv[3]), "distinct" in sys.argv[5:]).run(int(sys.argv[4]))
