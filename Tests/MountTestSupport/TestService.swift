import Foundation

/// The test server in a process of its own.
public final class TestService {
    public let root: String
    public let port: Int
    private let program: RunningProgram

    public var url: String { "http://127.0.0.1:\(port)" }

    /// - Parameter port: 0 takes a free one.
    public init(root: String, port: Int = 0) throws {
        self.root = root
        let portFile = "\(root).port"
        try? FileManager.default.removeItem(atPath: portFile)
        program = try RunningProgram([
            Programs.testServer, "--root", root, "--listen", "127.0.0.1:\(port)", "--port-file", portFile, "--bucket", "other",
        ])
        var found: Int?
        let program = program
        try eventually("the test server") {
            guard program.process.isRunning else { throw Failed(description: "the test server ended: \(program.errorsSoFar)") }
            found = (try? String(contentsOfFile: portFile, encoding: .utf8)).flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
            return found != nil
        }
        self.port = found ?? 0
    }

    public func stop() {
        program.signal(SIGTERM)
        _ = try? program.finish()
    }

    /// - Parameter json: an array of faults, which replaces all earlier ones.
    public func setFaults(_ json: String) throws {
        _ = try LoopbackRequest.send("POST", "/_test/faults", body: json, toPort: port)
    }

    public func clearFaults() throws {
        _ = try LoopbackRequest.send("DELETE", "/_test/faults", toPort: port)
    }

    public func resetCounters() throws {
        _ = try LoopbackRequest.send("POST", "/_test/counters/reset", toPort: port)
    }

    public func counters() throws -> Counters { try get(Counters.self, "/_test/counters") }

    /// Until the server is through with what programs have asked that are gone by now.
    public func waitUntilQuiet() throws {
        try eventually("the end of the requests under way") { try counters().requests_in_flight == 0 }
    }

    /// The names of all objects in the bucket `demo`.
    public func keys() throws -> Set<String> { Set(try objects().map(\.name)) }

    /// All objects in the bucket `demo`.
    public func objects() throws -> [Object] { try get(Listing.self, "/storage/v1/b/demo/o").items ?? [] }

    public func checksum(of key: String, within seconds: Double = Patience.seconds) throws -> String {
        try shell("curl -sSf '\(downloadURL(of: key))' | sha256sum | cut -d' ' -f1", within: seconds)
    }

    private func downloadURL(of key: String) -> String {
        "\(url)/storage/v1/b/demo/o/\(key.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? key)?alt=media"
    }

    private func get<Value: Decodable>(_ type: Value.Type, _ path: String) throws -> Value {
        try JSONDecoder().decode(type, from: try LoopbackRequest.send("GET", path, toPort: port))
    }

    private struct Listing: Decodable {
        let items: [Object]?
    }

    public struct Object: Decodable, Sendable {
        public let name: String
        public let size: String
        public let crc32c: String
    }
}

/// What the test server counted.
public struct Counters: Decodable, Sendable {
    public let requests: Int
    public let requests_in_flight: Int
    public let body_bytes: Int64
    public let requests_by_kind: [String: Int]
    /// Upload sessions that are neither complete nor dropped.
    public let open_sessions: Int
    public let objects: [String: Object]

    /// How many uploads were begun, by `BUCKET/KEY`.
    public var uploads: [String: Int] {
        objects.mapValues { object in ["media", "multipart", "begin"].compactMap { object.requests_by_kind[$0] }.reduce(0, +) }
            .filter { $0.value > 0 }
    }

    public struct Object: Decodable, Sendable {
        public let requests: Int
        public let body_bytes: Int64
        public let resent_bytes: Int64
        public let requests_by_kind: [String: Int]
    }
}
