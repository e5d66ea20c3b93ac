import UploadCore

/// How one upload stands, as `user.upload.json` and the mount's status page say it.
struct FileReport: Codable, Sendable, Equatable {
    /// As shown to the user.
    var path: String?
    var state: UploadState
    var percent: Int
    var bytesTotal: Int64
    var bytesConfirmed: Int64
    /// Bytes per second.
    var rate: Double?
    /// Seconds left.
    var eta: Int?
    var attempts: Int?
    var error: String?
    var nextAttemptAt: String?
    var destination: String?
    var remoteID: String?
    var etag: String?
    var checksum: String?
    var uploadedAt: String?
    var sessionExpiresAt: String?
    var priority: Int?

    enum CodingKeys: String, CodingKey {
        case path, state, percent, rate, eta, attempts, error, destination, etag, checksum, priority
        case bytesTotal = "bytes_total"
        case bytesConfirmed = "bytes_confirmed"
        case nextAttemptAt = "next_attempt_at"
        case remoteID = "remote_id"
        case uploadedAt = "uploaded_at"
        case sessionExpiresAt = "session_expires_at"
    }
}
