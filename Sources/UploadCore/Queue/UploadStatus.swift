import struct Foundation.Date

/// Everything that the `user.upload.*` attributes of one file say.
public struct UploadStatus: Sendable, Equatable {
    public var state: UploadState
    public var bytesTotal: Int64
    /// Bytes that the server said it has.
    public var bytesConfirmed: Int64
    /// Bytes per second now; 0 while nothing is sent.
    public var rate: Double
    public var attempts: Int
    /// The last error as one sentence.
    public var error: String?
    public var nextAttemptAt: Date?
    /// URL of the object, without secrets.
    public var destination: String
    public var remoteID: String?
    public var etag: String?
    /// Algorithm and value, as `crc32c:4waSgw==`.
    public var checksum: String?
    public var uploadedAt: Date?
    public var sessionExpiresAt: Date?
    /// -10 to 10; the higher goes first.
    public var priority: Int
    /// Whether an object has the present content, be it under a former name.
    public var contentIsUploaded = false

    public init(
        state: UploadState, bytesTotal: Int64, bytesConfirmed: Int64 = 0, rate: Double = 0, attempts: Int = 0,
        error: String? = nil, nextAttemptAt: Date? = nil, destination: String, remoteID: String? = nil, etag: String? = nil,
        checksum: String? = nil, uploadedAt: Date? = nil, sessionExpiresAt: Date? = nil, priority: Int = 0
    ) {
        self.state = state
        self.bytesTotal = bytesTotal
        self.bytesConfirmed = bytesConfirmed
        self.rate = rate
        self.attempts = attempts
        self.error = error
        self.nextAttemptAt = nextAttemptAt
        self.destination = destination
        self.remoteID = remoteID
        self.etag = etag
        self.checksum = checksum
        self.uploadedAt = uploadedAt
        self.sessionExpiresAt = sessionExpiresAt
        self.priority = priority
    }

    /// 0 to 100; 100 only when committed and verified.
    public var percent: Int {
        Percent.of(confirmed: bytesConfirmed, total: bytesTotal, finished: state == .uploaded || contentIsUploaded)
    }

    /// Seconds left at the present rate; nil while there is none.
    public var eta: Int? {
        Percent.secondsLeft(confirmed: bytesConfirmed, total: bytesTotal, rate: rate)
    }
}

/// What the `user.upload.*` attributes of a directory say: the sum of all files below it.
public struct TreeStatus: Sendable, Equatable {
    /// The worst state below the directory; `uploaded` where there is no file.
    public var state: UploadState = .uploaded
    public var bytesTotal: Int64 = 0
    public var bytesConfirmed: Int64 = 0
    public var rate: Double = 0
    public var filesTotal = 0
    public var filesUploaded = 0
    public var filesPending = 0
    public var filesFailed = 0

    public init() {}

    public var percent: Int {
        Percent.of(confirmed: bytesConfirmed, total: bytesTotal, finished: filesUploaded == filesTotal)
    }

    public var eta: Int? {
        Percent.secondsLeft(confirmed: bytesConfirmed, total: bytesTotal, rate: rate)
    }
}

enum Percent {
    /// Rounds down and stops at 99 before the end, so that 100 means committed and verified and nothing else.
    static func of(confirmed: Int64, total: Int64, finished: Bool) -> Int {
        if finished { return 100 }
        guard total > 0 else { return 0 }
        return min(99, max(0, Int(exactly: (Double(confirmed) / Double(total) * 100).rounded(.down)) ?? 0))
    }

    static func secondsLeft(confirmed: Int64, total: Int64, rate: Double) -> Int? {
        guard rate >= 1, total > confirmed else { return total > confirmed ? nil : 0 }
        let seconds = (Double(total - confirmed) / rate).rounded(.up)
        return seconds < Double(Int32.max) ? Int(seconds) : nil
    }
}
