import Foundation
import UploadCore

/// What it takes to resume an upload in parts.
struct MultipartHandle: Codable, Equatable {
    let id: String
    private let name: String
    /// Whether the ETags of parts say nothing about their bytes, as it is with encryption.
    let hasOpaqueTags: Bool

    init(id: String, key: ObjectKey, hasOpaqueTags: Bool) {
        self.id = id
        name = key.text
        self.hasOpaqueTags = hasOpaqueTags
    }

    var key: ObjectKey { ObjectKey(name) }

    /// Ids of uploads have some dozens to some hundreds of bytes; one that fills a request's line cannot be sent.
    static func isValid(_ id: String) -> Bool { (1...4096).contains(id.utf8.count) }

    /// Reads the handle of a session that `text` made, in this run or an earlier one.
    init(_ session: UploadSession) throws(UploadError) {
        guard let handle = try? JSONDecoder().decode(Self.self, from: Data(session.handle.utf8)), Self.isValid(handle.id) else {
            throw UploadError(.sessionGone, "the record of the upload session cannot be read")
        }
        self = handle
    }

    var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Two strings and a truth value: there is nothing that could fail.
        return String(decoding: (try? encoder.encode(self)) ?? Data(), as: UTF8.self)
    }
}
