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
        try curl(["--request", "POST", "--data", json, "\(url)/_test/faults"])
    }

    public func clearFaults() throws {
        try curl(["--request", "DELETE", "\(url)/_test/faults"])
    }

    public func resetCounters() throws {
        try curl(["--request", "POST", "\(url)/_test/counters/reset"])
    }

    public func counters() throws -> Counters {
        try JSONDecoder().decode(Counters.self, from: Data(try curl(["\(url)/_test/counters"]).utf8))
    }

    /// The names of all objects in the bucket `demo`.
    public func keys() throws -> Set<String> {
        let listing = try JSONDecoder().decode(Listing.self, from: Data(try curl(["\(url)/storage/v1/b/demo/o"]).utf8))
        return Set((listing.items ?? []).map(\.name))
    }

    public func checksum(of key: String, within seconds: Double = Patience.seconds) throws -> String {
        let name = key.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? key
        return try shell("curl -sSf '\(url)/storage/v1/b/demo/o/\(name)?alt=media' | sha256sum | cut -d' ' -f1", within: seconds)
    }

    @discardableResult
    private func curl(_ arguments: [String]) throws -> String {
        let outcome = try run(["curl", "--silent", "--show-error", "--fail"] + arguments)
        guard outcome.isSuccess else { throw Failed(description: "curl \(arguments): \(outcome.errors)") }
        return outcome.output
    }

    private struct Listing: Decodable {
        let items: [Item]?

        struct Item: Decodable {
            let name: String
        }
    }
}

/// What the test server counted.
public struct Counters: Decodable, Sendable {
    public let requests: Int
    public let requests_in_flight: Int
    public let body_bytes: Int64
    public let requests_by_kind: [String: Int]
    public let objects: [String: Object]

    public struct Object: Decodable, Sendable {
        public let requests: Int
        public let body_bytes: Int64
        public let resent_bytes: Int64
        public let requests_by_kind: [String: Int]
    }
}
