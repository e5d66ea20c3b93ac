import Foundation
import UploadCore

/// What it takes to resume an upload session: the addresses that the service gave for it, and what it may replace.
struct BoxSessionHandle: Codable, Equatable {
    let part: String
    let list: String
    let commit: String
    let abort: String
    /// The etag that the file has to have when it gets the new version; nil for a new file, and where any version may be replaced.
    let etag: String?

    init(part: String, list: String, commit: String, abort: String, etag: String?) {
        self.part = part
        self.list = list
        self.commit = commit
        self.abort = abort
        self.etag = etag
    }

    /// Reads the handle of a session that `text` made, in this run or an earlier one.
    init(_ session: UploadSession) throws(UploadError) {
        guard let handle = try? JSONDecoder().decode(Self.self, from: Data(session.handle.utf8)) else {
            throw UploadError(.sessionGone, "the record of the upload session cannot be read")
        }
        self = handle
    }

    var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings only: there is nothing that could fail.
        return String(decoding: (try? encoder.encode(self)) ?? Data(), as: UTF8.self)
    }
}
