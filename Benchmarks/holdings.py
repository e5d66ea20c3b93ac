"""What the test server holds, read from its directory: objects by path, and upload sessions that are open."""

import collections
import json
import os
import pathlib

# `is_listed`: whether the service lists its sessions, so that a client can find one that it lost.
Session = collections.namedtuple("Session", "name size is_listed")


def _records(directory):
    for folder, _, names in os.walk(directory):
        for name in names:
            path = pathlib.Path(folder, name)
            if path.suffix == ".json":
                try:
                    yield path, json.loads(path.read_bytes())
                except FileNotFoundError:
                    # Removed since the directory was read.
                    continue


def bucket(root):
    """Objects of the bucket `demo`, by key: the files with their content, of which there is one."""
    return _collect((record["name"]["key"], _content_of(path, root)) for path, record in _records(root / "metadata/demo"))


def _content_of(path, root):
    relative = path.relative_to(root / "metadata")
    return root / "objects" / relative.parent / relative.name[: -len(".json")]


def drive(root):
    """Files by path; Drive allows several of one name."""
    records = {record["name"]["key"]: (path, record["fields"]) for path, record in _records(root / "drive/metadata/files")}
    return _tree(records, lambda fields: (fields.get("parents") or [None])[0], _is_drive_folder, "explicitlyTrashed", root / "drive")


def _is_drive_folder(fields):
    return fields.get("mimeType") == "application/vnd.google-apps.folder"


def box(root):
    records = {record["name"]["key"]: (path, record["fields"]) for path, record in _records(root / "box/metadata/items")}
    return _tree(records, lambda fields: fields.get("parent"), lambda fields: fields["type"] == "folder", "trashed_at", root / "box")


def _tree(records, parent, is_folder, trash_mark, root):
    """Paths from the names of the folders above; what is in the trash, or below something in it, does not count."""

    def path(identifier):
        names = []
        while identifier in records:
            fields = records[identifier][1]
            if fields.get(trash_mark):
                return None
            if parent(fields) is None:
                return "/".join(reversed(names))
            names.append(fields["name"])
            identifier = parent(fields)
        return None

    found = []
    for identifier, (file, fields) in records.items():
        if not is_folder(fields) and (name := path(identifier)) is not None:
            found.append((name, _content_of(file, root)))
    return _collect(found)


def _collect(pairs):
    found = collections.defaultdict(list)
    for name, file in pairs:
        found[name].append(file)
    return found


def open_sessions(root):
    """Of all services. One without a byte, at a service that does not list sessions, may be one whose opening had no response."""
    for path, record in _records(root / "multipart"):
        if path.name == "upload.json":
            size = sum(part.stat().st_size for part in path.parent.iterdir() if part.suffix != ".json")
            yield Session(f"{record['name']['key']} ({path.parent.name[:12]})", size, True)
    for service in ("", "drive/", "farm/"):
        for path, record in _records(root / f"{service}sessions"):
            if "open" in record["state"]:
                yield Session(f"{_key(record)} ({path.stem[:12]})", record["checksum"]["length"], False)
    for path, record in _records(root / "box/sessions"):
        if record.get("lostStatus") is None:
            yield Session(f"{record['target']} ({path.stem[:12]})", sum(part["size"] for part in _parts(record)), False)


def _key(record):
    name = record["intent"].get("name") or {}
    return name.get("key") if isinstance(name, dict) else name


def _parts(record):
    """Swift writes a dictionary whose keys are no strings as a list of keys and values in turn."""
    parts = record.get("parts") or []
    return list(parts.values()) if isinstance(parts, dict) else parts[1::2]
