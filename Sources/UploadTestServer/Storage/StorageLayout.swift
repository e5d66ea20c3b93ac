import Foundation
import NIOConcurrencyHelpers

/// Where things lie under the server's root.
///
///     objects/BUCKET/ESCAPED         the bytes of BUCKET/KEY (see EscapedName)
///     metadata/BUCKET/ESCAPED.json   what is known about them
///     sessions/ID.json, ID.data      upload sessions and the bytes they have so far
///     multipart/ID/                  multipart uploads: upload.json, and N and N.json for each part
///     incoming/N                     bodies and small files on their way to one of those places
struct StorageLayout: Sendable {
    let root: String
    private let counter = Counter()

    init(root: String) throws {
        self.root = root
        for directory in ["objects", "metadata", "sessions", "multipart", "incoming"] {
            try Files.makeDirectory("\(root)/\(directory)")
        }
        for leftover in try Files.names(in: "\(root)/incoming") {
            try Files.remove("\(root)/incoming/\(leftover)")
        }
    }

    func content(of name: ObjectName) -> String {
        "\(root)/objects/\(EscapedName.path(for: name.bucket))/\(EscapedName.path(for: name.key))"
    }

    func metadata(of name: ObjectName) -> String {
        "\(root)/metadata/\(EscapedName.path(for: name.bucket))/\(EscapedName.path(for: name.key)).json"
    }

    /// A name that nothing else has.
    func incoming() -> String { "\(root)/incoming/\(counter.next())" }

    /// Writes a value as JSON, atomically. The directory is made when it is not there.
    func save(_ value: some Encodable, to path: String) throws {
        try Files.replace(path, with: JSONEncoder().encode(value), temporary: incoming())
    }

    func load<Value: Decodable>(_ type: Value.Type, from path: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(contentsOf: URL(filePath: path)))
    }
}

private final class Counter: Sendable {
    private let value = NIOLockedValueBox(0)

    func next() -> Int {
        value.withLockedValue {
            $0 += 1
            return $0
        }
    }
}
