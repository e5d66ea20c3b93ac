import UploadCore

/// How everything below a directory stands, as the directory's `user.upload.json` says it.
struct TreeReport: Codable, Sendable, Equatable {
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
    var filesTotal: Int
    var filesUploaded: Int
    var filesPending: Int
    var filesFailed: Int
    /// Of the pending files those that are not uploaded without help.
    var filesStopped: Int?
    /// Why one of the files is not uploaded without help.
    var error: String?
    /// The files with work left or trouble, active ones first; not all of them where there are very many. From the mount's
    /// status page.
    var unfinished: [FileReport]?

    enum CodingKeys: String, CodingKey {
        case path, state, percent, rate, eta, unfinished, error
        case bytesTotal = "bytes_total"
        case bytesConfirmed = "bytes_confirmed"
        case filesTotal = "files_total"
        case filesUploaded = "files_uploaded"
        case filesPending = "files_pending"
        case filesFailed = "files_failed"
        case filesStopped = "files_stopped"
    }
}
