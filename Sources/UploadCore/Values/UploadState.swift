/// Where an upload stands, in the words of `user.upload.state`.
public enum UploadState: String, Sendable, CaseIterable, Codable {
    /// A process has the file open for writing, or has changed it since its last close.
    case open
    /// Closed; waiting for `settle` seconds of quiet.
    case settling
    /// Kept back: a temporary name, or a file that was still being written when the mount stopped.
    case held
    case queued
    case uploading
    /// Backing off after an error that is transient, or that its owner may repair meanwhile.
    case waiting
    /// Stopped by `user.upload.control`.
    case paused
    /// Given up until someone says `retry`.
    case failed
    /// Committed, and verified against the server's size and digest.
    case uploaded

    /// The order in which a directory reports the worst state below it: the first of these that occurs.
    public static let worstFirst: [UploadState] = [
        .failed, .waiting, .paused, .held, .open, .settling, .queued, .uploading, .uploaded,
    ]

    /// Whether the upload still has work to do without help.
    public var isPending: Bool {
        switch self {
        case .open, .settling, .queued, .uploading, .waiting: true
        case .held, .paused, .failed, .uploaded: false
        }
    }
}
