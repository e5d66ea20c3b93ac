import Foundation

/// All of an upload session that outlives the server.
struct BoxSessionRecord: Sendable, Codable {
    enum Target: Sendable, Codable {
        case newFile(name: String, folder: String)
        case version(ofFile: String, name: String?)
    }

    let id: String
    let target: Target
    /// Length of the file, in bytes.
    let size: Int64
    /// Length of every part but the last, in bytes.
    let partSize: Int64
    /// Seconds since 1970.
    let expires: Double
    var parts: [Int64: BoxPart] = [:]
    /// What requests get since a fault lost the session: 404 or 410.
    var lostStatus: Int?

    var partCount: Int64 { (size + partSize - 1) / partSize }
    var isOpen: Bool { lostStatus == nil && Date().timeIntervalSince1970 < expires }

    var sortedParts: [BoxPart] { parts.values.sorted { $0.offset < $1.offset } }

    init(target: Target, size: Int64, settings: BoxSettings) {
        id = RandomID.make().uppercased()
        self.target = target
        self.size = size
        partSize = Self.partSize(for: size, atLeast: settings.partSize)
        expires = Date().timeIntervalSince1970 + settings.sessionSeconds
    }

    /// No list of parts reaches beyond the 10,000th (see `BoxSessions.list`), so larger files get larger parts.
    private static func partSize(for size: Int64, atLeast least: Int64) -> Int64 {
        var partSize = max(1, least)
        while (size + partSize - 1) / partSize > 10_000 { partSize *= 2 }
        return partSize
    }

    /// The resource of the API.
    func json(baseURL: String) -> JSONValue {
        let url = "\(baseURL)/box/api/2.0/files/upload_sessions/\(id)"
        return [
            "id": .string(id), "type": "upload_session", "part_size": .number(Double(partSize)),
            "total_parts": .number(Double(partCount)), "num_parts_processed": .number(Double(parts.count)),
            "session_expires_at": .string(Date(timeIntervalSince1970: expires).formatted(Date.ISO8601FormatStyle())),
            "session_endpoints": [
                "upload_part": .string(url), "status": .string(url), "abort": .string(url), "list_parts": .string("\(url)/parts"),
                "commit": .string("\(url)/commit"), "log_event": .string("\(url)/log"),
            ],
        ]
    }
}

/// A part that has arrived.
struct BoxPart: Sendable, Codable, Hashable {
    let id: String
    let offset: Int64
    let size: Int64
    /// Hexadecimal.
    let sha1: String

    static let alreadyThere = BoxError(409, "part_already_uploaded", "The range overlaps with a part that was uploaded before.")

    init(offset: Int64, size: Int64, sha1: [UInt8]) {
        let digits = String(UInt32.random(in: 0 ... .max), radix: 16, uppercase: true)
        id = String(repeating: "0", count: 8 - digits.count) + digits
        self.offset = offset
        self.size = size
        self.sha1 = BoxDigest.hexadecimal(sha1)
    }

    func json(spoilsDigest: Bool = false) -> JSONValue {
        [
            "part_id": .string(id), "offset": .number(Double(offset)), "size": .number(Double(size)),
            "sha1": .string(spoilsDigest ? String(sha1.reversed()) : sha1),
        ]
    }

    /// Whether this is the part that an entry of a commit's list names.
    func matches(_ entry: JSONValue) -> Bool {
        guard let entry = entry.object, entry["part_id"] == .string(id), entry["offset"] == .number(Double(offset)) else { return false }
        return entry["size"] == .number(Double(size)) && (entry["sha1"] ?? .string(sha1)) == .string(sha1)
    }
}
