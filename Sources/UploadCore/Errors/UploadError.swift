import Glibc

/// Why an upload, or one request of it, did not succeed: a code, and what follows from it.
public struct UploadError: Error, Sendable, Equatable {
    public let code: Code
    /// One sentence for people, without secrets: no token, no session URL. It can quote a server, but no control characters.
    public let sentence: String
    /// How long the server asked to be left alone (`Retry-After`).
    public let retryAfter: Duration?

    public init(_ code: Code, _ sentence: String, retryAfter: Duration? = nil) {
        self.code = code
        self.sentence = sentence.printable
        self.retryAfter = retryAfter
    }

    public var disposition: Disposition { code.disposition }
    /// What close(), fsync() and `user.upload.wait` return for it.
    public var errno: Int32 { code.errno }

    /// Whether the server may have done what it was asked to, though the request failed.
    public var outcomeUnknown: Bool {
        [.connectionLost, .timedOut, .serverFault, .invalidResponse, .cancelled].contains(code)
    }

    /// What the engine does about an error; it decides on this alone.
    public enum Disposition: Sendable {
        /// Transient: back off, ask the server what it has, continue.
        case transient
        /// The upload session is lost or corrupt: start a new one at byte 0.
        case sessionGone
        /// Credentials or permissions: keep the session, try again at a slow pace.
        case credentials
        /// The destination is full: keep the session, try again at a slow pace.
        case quota
        /// Trying again would change nothing: fail, until someone says `retry`.
        case permanent
        /// The local side stopped the upload: its content changed, or a user cancelled it.
        case stopped
    }

    public enum Code: String, Sendable, CaseIterable {
        case unreachable
        case connectionLost
        case timedOut
        case serverBusy
        case serverFault
        /// A response that the protocol does not know. The raw value is stored and printed, so it stays.
        case invalidResponse = "invalidAnswer"
        case sessionGone
        /// The server's digest or size differs from ours.
        case digestMismatch
        case unauthenticated
        case forbidden
        case quotaExceeded
        case noSuchBucket
        /// The object was changed by another program while it was being uploaded.
        case conflict
        /// Another file has an unfinished upload under the same object name.
        case nameInUse
        case tooLarge
        case invalidName
        case rejected
        /// A request that may have made the object had no response, and whether it did cannot be determined.
        case outcomeUnknown
        /// The spool file cannot be read, or is shorter than it should be.
        case unreadable
        /// The local disk does not take what has to be stored before the upload can continue.
        case localDisk
        /// The file is being changed again.
        case contentChanged
        case cancelled
        case held
        case paused

        public var disposition: Disposition { properties.disposition }
        public var errno: Int32 { properties.errno }

        private var properties: (disposition: Disposition, errno: Int32) {
            switch self {
            case .unreachable: (.transient, ETIMEDOUT)
            case .connectionLost: (.transient, EIO)
            case .timedOut: (.transient, ETIMEDOUT)
            case .serverBusy: (.transient, EIO)
            case .serverFault: (.transient, EIO)
            case .invalidResponse: (.transient, EIO)
            case .sessionGone: (.sessionGone, EIO)
            case .digestMismatch: (.sessionGone, EIO)
            case .unauthenticated: (.credentials, EACCES)
            case .forbidden: (.credentials, EACCES)
            case .quotaExceeded: (.quota, EDQUOT)
            case .noSuchBucket: (.permanent, EIO)
            case .conflict: (.permanent, EIO)
            case .nameInUse: (.transient, EBUSY)
            case .tooLarge: (.permanent, EFBIG)
            case .invalidName: (.permanent, EINVAL)
            case .rejected: (.permanent, EIO)
            case .outcomeUnknown: (.permanent, EIO)
            case .unreadable: (.permanent, EIO)
            case .localDisk: (.transient, ENOSPC)
            case .contentChanged: (.stopped, EBUSY)
            case .cancelled: (.stopped, ECANCELED)
            case .held: (.stopped, EAGAIN)
            case .paused: (.stopped, EAGAIN)
            }
        }
    }
}

extension UploadError: CustomStringConvertible {
    public var description: String { sentence }
}
