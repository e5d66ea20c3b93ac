import LinuxIO
import UploadCore

/// What an extended attribute's name asks for.
enum AttributeName: Equatable {
    /// A status of the upload, by its name without `user.upload.`; the mount provides it, nothing is stored.
    case status(String)
    case control
    case priority
    /// Reading it blocks until the upload is done.
    case wait
    /// Stored with the spool file: the user's own attributes, and the settings that are sent with the object.
    case stored
    /// In the `user.upload.` space, but none of the above.
    case unknown
    /// A space that the mount does not have, such as `security.`, or access control lists.
    case unsupported

    static let prefix = "user.upload."
    static let statusNames: Set<String> = [
        "state", "percent", "bytes_total", "bytes_confirmed", "rate", "eta", "attempts", "error", "next_attempt_at", "destination",
        "remote_id", "etag", "checksum", "uploaded_at", "session_expires_at", "json", "files_total", "files_uploaded",
        "files_pending", "files_failed", "files_stopped",
    ]

    init(_ name: [UInt8], daemonIsRoot: Bool) {
        let text = String(decoding: name, as: UTF8.self)
        if text.hasBytes(prefix: Self.prefix) {
            self.init(uploadName: text.dropping(bytes: Self.prefix.utf8.count))
        } else if text.hasBytes(prefix: "user.") || (daemonIsRoot && text.hasBytes(prefix: "trusted.")) {
            self = .stored
        } else {
            self = .unsupported
        }
    }

    private init(uploadName name: String) {
        switch name {
        case "control": self = .control
        case "priority": self = .priority
        case "wait": self = .wait
        case "storage_class": self = .stored
        case _ where name.hasBytes(prefix: "meta.") && name.utf8.count > "meta.".utf8.count: self = .stored
        case _ where Self.statusNames.contains(name): self = .status(name)
        default: self = .unknown
        }
    }
}
