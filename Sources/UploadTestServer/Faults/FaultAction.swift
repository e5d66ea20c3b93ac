/// What happens to a request that a fault hits. Several may be combined where that makes sense, as a delay and a status.
public struct FaultAction: Sendable, Codable, Hashable {
    /// Answers this status instead of doing anything.
    public var status: Int?
    /// Seconds, for the Retry-After of that answer.
    public var retryAfter: Int?
    /// The machine-readable reason in that answer, such as `rateLimitExceeded`.
    public var reason: String?
    /// The body of that answer, in place of the service's JSON.
    public var body: String?
    /// Resets the connection after so many bytes of the body, or of the response to a download; at once where there is no content.
    /// What a session received until then is kept down to a multiple of 256 KiB.
    public var resetAfterBytes: Int64?
    /// Stops reading after so many bytes of the body, until the client goes away; at once where there is no content.
    public var stallAfterBytes: Int64?
    /// Keeps only so many bytes of this part, and says so.
    public var persistBytes: Int64?
    /// Does what was asked, then closes the connection without a response.
    public var loseResponse: Bool?
    /// Forgets the upload session; this request and later ones get this status, 404 or 410.
    public var loseSession: Int?
    /// Answers 200 with a page of HTML instead of doing anything.
    public var garbage: Bool?
    /// Claims to have so many bytes more than were sent.
    public var rangeBeyond: Int64?
    /// Drops everything that the upload session has, and says so by a 308 without Range.
    public var noRange: Bool?
    /// Answers a digest that is not that of the object.
    public var wrongCRC32C: Bool?
    /// Answers 200 with an error document of this code instead of doing anything, as the XML APIs may after a long wait.
    public var errorInside: String?
    /// Says yes to dropping an upload session, and keeps it.
    public var keepSession: Bool?
    /// Reads the body no faster than this.
    public var bytesPerSecond: Int64?
    /// Waits before anything else, in milliseconds.
    public var delayMilliseconds: Int64?
    /// For `token`: the life of the token, in seconds.
    public var expiresIn: Int?
    /// For `token`: this token instead of `test-token`, which is the only one that is accepted.
    public var accessToken: String?

    public init(
        status: Int? = nil, retryAfter: Int? = nil, reason: String? = nil, body: String? = nil, resetAfterBytes: Int64? = nil,
        stallAfterBytes: Int64? = nil, persistBytes: Int64? = nil, loseResponse: Bool? = nil, loseSession: Int? = nil, garbage: Bool? = nil,
        rangeBeyond: Int64? = nil, noRange: Bool? = nil, wrongCRC32C: Bool? = nil, errorInside: String? = nil,
        keepSession: Bool? = nil, bytesPerSecond: Int64? = nil, delayMilliseconds: Int64? = nil, expiresIn: Int? = nil, accessToken: String? = nil
    ) {
        self.status = status
        self.retryAfter = retryAfter
        self.reason = reason
        self.body = body
        self.resetAfterBytes = resetAfterBytes
        self.stallAfterBytes = stallAfterBytes
        self.persistBytes = persistBytes
        self.loseResponse = loseResponse
        self.loseSession = loseSession
        self.garbage = garbage
        self.rangeBeyond = rangeBeyond
        self.noRange = noRange
        self.wrongCRC32C = wrongCRC32C
        self.errorInside = errorInside
        self.keepSession = keepSession
        self.bytesPerSecond = bytesPerSecond
        self.delayMilliseconds = delayMilliseconds
        self.expiresIn = expiresIn
        self.accessToken = accessToken
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case status, reason, body, garbage
        case retryAfter = "retry_after"
        case resetAfterBytes = "reset_after_bytes"
        case stallAfterBytes = "stall_after_bytes"
        case persistBytes = "persist_bytes"
        case loseResponse = "lose_answer"
        case loseSession = "lose_session"
        case rangeBeyond = "range_beyond"
        case noRange = "no_range"
        case wrongCRC32C = "wrong_crc32c"
        case errorInside = "error_inside"
        case keepSession = "keep_session"
        case bytesPerSecond = "bytes_per_second"
        case delayMilliseconds = "delay_ms"
        case expiresIn = "expires_in"
        case accessToken = "access_token"
    }
}
