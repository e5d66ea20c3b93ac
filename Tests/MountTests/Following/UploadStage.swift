import MountTestSupport

/// A point in the life of an upload at which something happens to its file.
enum UploadStage: String, CaseIterable, Sendable {
    case settling, queued, sending, inTheMiddle, committing, committingSession, responseLost, sessionResponseLost, uploaded

    /// In parts, of which the first two are full and the last one is short.
    var isLarge: Bool { [.inTheMiddle, .committingSession, .sessionResponseLost].contains(self) }
    var size: Int { isLarge ? (8 << 20) + 10_000 : 20_000 }

    var options: [String] {
        ["chunk_size=4M", "settle=\(self == .settling ? 1 : 0.1)", "parallel_files=\(self == .queued ? 1 : 64)"]
    }

    /// For how long the service keeps a request, in milliseconds, and how quickly it reads one, in bytes a second.
    private static let delay = 1500
    private static let rate = 10_000
    private static let partRate = 2 << 20

    /// What befalls the one request that counts.
    private var fault: String? {
        switch self {
        case .settling, .uploaded: nil
        case .queued, .sending: #""kind":"multipart","action":{"bytes_per_second":\#(Self.rate)}"#
        case .inTheMiddle: #""kind":"part","skip":1,"action":{"bytes_per_second":\#(Self.partRate)}"#
        case .committing: #""kind":"multipart","action":{"delay_ms":\#(Self.delay)}"#
        case .committingSession: #""kind":"part","skip":2,"action":{"delay_ms":\#(Self.delay)}"#
        case .responseLost: #""kind":"multipart","action":{"lose_answer":true}"#
        case .sessionResponseLost: #""kind":"part","skip":2,"action":{"lose_answer":true}"#
        }
    }

    /// The faults for these objects, as the test server takes them.
    func faults(for keys: [String]) -> String {
        guard let fault else { return "[]" }
        return "[" + keys.map { #"{"key":"\#($0)",\#(fault)}"# }.joined(separator: ",") + "]"
    }

    /// Whether the uploads of these files have come so far.
    func isReached(_ files: [String], on mount: TestMount) throws -> Bool {
        let objects = try mount.service.counters().objects
        let requests = { (file: String, kind: String) in objects["demo/" + file]?.requests_by_kind[kind] ?? 0 }
        return switch self {
        case .settling, .queued: true
        case .sending, .committing, .responseLost: files.allSatisfy { requests($0, "multipart") > 0 }
        case .inTheMiddle: files.allSatisfy { requests($0, "part") > 1 }
        case .committingSession, .sessionResponseLost: files.allSatisfy { requests($0, "part") > 2 }
        case .uploaded: files.allSatisfy { mount.attribute("state", of: $0) == "uploaded" }
        }
    }
}
