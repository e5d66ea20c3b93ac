import Foundation

/// A service of the test server: how a mount uses it, and how a test reads what arrived there.
public struct TestedService: Sendable, CustomStringConvertible {
    public let name: String
    public let destination: String
    /// What follows the server's address in `endpoint`.
    var endpointPath = ""
    /// The options of the mount; may write files into its directory.
    var options: @Sendable (TestMount) throws -> [String] = { _ in [] }
    public var environment: [String: String] = [:]
    /// A size in bytes that takes several parts.
    public var large: Int64 = 24 << 20
    /// Bytes that may be on their way when the mount is killed, and so be sent twice.
    public let inFlightMax: Int64
    /// A script that prints the content of the file `$NAME` at the server `$URL`, and fails if there is none.
    let download: String

    public var description: String { name }

    public static let all = [googleStorage, googleDrive, farm, box, huaweiOBS]

    /// Services whose sessions are filled by numbered parts, several at a time.
    public static let numbered = [parallelGoogleStorage, huaweiOBS, box]

    /// Both are in the test server's one store of objects, which this reads without a signature.
    private static let downloadOfObject = "curl -sSf \"$URL/storage/v1/b/demo/o/$NAME?alt=media\""

    public static let googleStorage = TestedService(
        name: "gs", destination: "gs://demo", options: { _ in ["chunk_size=1M"] }, inFlightMax: 1 << 20, download: downloadOfObject)

    static let parallelGoogleStorage = TestedService(
        name: "gs in parallel", destination: "gs://demo", options: { _ in ["chunk_size=5M", "parallel_parts=2"] }, inFlightMax: 10 << 20,
        download: downloadOfObject)

    public static let googleDrive = TestedService(
        name: "gdrive", destination: "gdrive://root", options: { _ in ["chunk_size=1M"] },
        environment: ["CLOUDSDK_AUTH_ACCESS_TOKEN": "test-token"], inFlightMax: 1 << 20,
        download: """
            drive() { curl -sSf -H 'Authorization: Bearer test-token' "$@"; }
            id=$(drive -G "$URL/drive/v3/files" --data-urlencode "q=name='$NAME' and trashed=false" \
                | python3 -c 'import json, sys; print(json.load(sys.stdin)["files"][0]["id"])')
            drive "$URL/drive/v3/files/$id?alt=media"
            """)

    /// A media upload method of an API that nobody knows but its discovery document.
    public static let farm = TestedService(
        name: "google+http", destination: "google+http://farm.example/upload/farm/v1/animals",
        options: { mount in
            let animals = "\(mount.service.url)/farm/v1/animals"
            return [
                "chunk_size=1M", #"metadata={"name": "{path}"}"#, "answer_size=picture.size", "answer_digest=md5:picture.md5Hash",
                "item_url=\(animals)/{id}", "search_url=\(animals)?name={path}", "search_answer=items[-1]",
            ]
        },
        environment: ["CLOUDSDK_AUTH_ACCESS_TOKEN": "test-token"], inFlightMax: 1 << 20,
        download: """
            farm() { curl -sSf -H 'Authorization: Bearer test-token' "$@"; }
            id=$(farm -G "$URL/farm/v1/animals" --data-urlencode "name=$NAME" \
                | python3 -c 'import json, sys; print(json.load(sys.stdin)["items"][-1]["id"])')
            farm "$URL/farm/v1/animals/$id?alt=media"
            """)

    /// The service says how long parts are, and recommends sessions above 50 MB.
    public static let box = TestedService(
        name: "box", destination: "box://0", endpointPath: "/box", options: { _ in ["parallel_parts=2"] },
        environment: ["BOX_DEVELOPER_TOKEN": "test-token"], large: 64 << 20, inFlightMax: 16 << 20,
        download: """
            box() { curl -sSfL -H 'Authorization: Bearer test-token' "$@"; }
            id=$(box "$URL/box/2.0/folders/0/items?limit=1000" \
                | python3 -c 'import json, sys; print(next(e["id"] for e in json.load(sys.stdin)["entries"] if e["name"] == sys.argv[1]))' "$NAME")
            box "$URL/box/2.0/files/$id/content"
            """)

    public static let huaweiOBS = TestedService(
        name: "obs", destination: "obs://demo",
        options: { mount in
            let keys = try mount.secretFile("keys", "access_key_id = TESTKEY\nsecret_access_key = testsecret\n")
            return ["credentials=\(keys)", "path_style", "chunk_size=1M", "parallel_parts=2"]
        },
        inFlightMax: 2 << 20, download: downloadOfObject)
}

extension TestedService {
    /// Runs `body` on a mount of the service.
    public func withMount(_ body: (TestMount) throws -> Void) throws {
        try TestMount.with(mounted: false) { mount in
            mount.destination = destination
            mount.environment = environment
            mount.options = ["endpoint=\(mount.service.url)\(endpointPath)"] + (try options(mount))
            try mount.mount()
            try body(mount)
        }
    }

    /// The SHA-256 of what the service holds under a name; nil for nothing.
    public func checksum(of name: String, _ mount: TestMount) throws -> String? {
        let script = "set -eo pipefail; content() {\n\(download)\n}; content | sha256sum | cut -d' ' -f1"
        let outcome = try run(["bash", "-c", script], environment: ["URL": mount.service.url, "NAME": name])
        return outcome.isSuccess ? outcome.output.trimmingCharacters(in: .whitespacesAndNewlines) : nil
    }
}

extension TestMount {
    /// A file in the mount's directory that only its owner can read.
    public func secretFile(_ name: String, _ content: String) throws -> String {
        let path = "\(directory)/\(name)"
        guard FileManager.default.createFile(atPath: path, contents: Data(content.utf8), attributes: [.posixPermissions: 0o600]) else {
            throw Failed(description: "\(path) cannot be written")
        }
        return path
    }

    /// A file of random bytes beside the mount, and its SHA-256.
    public func randomFile(_ name: String, size: Int64) throws -> (path: String, checksum: String) {
        let path = "\(directory)/\(name)"
        let checksum = try shell("head -c \(size) /dev/urandom > '\(path)' && sha256sum < '\(path)' | cut -d' ' -f1")
        return (path, checksum.trimmingCharacters(in: .whitespacesAndNewlines))
    }
}
