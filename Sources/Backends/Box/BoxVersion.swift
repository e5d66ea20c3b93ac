import UploadCore

/// What distinguishes one version of a file from another: the file's id, and the etag that it had.
///
/// A rename changes the etag, too, so a request that names both finds the file as it was left.
struct BoxVersion: Equatable {
    let id: String
    let etag: String

    init(id: String, etag: String) {
        self.id = id
        self.etag = etag
    }

    /// Reads what `text` made; nil if it is malformed.
    init?(_ text: String) {
        let halves = text.pieces(at: "/", maxSplits: 1)
        guard halves.count == 2, halves.allSatisfy({ !$0.isEmpty }) else { return nil }
        self.init(id: halves[0], etag: halves[1])
    }

    var text: String { "\(id)/\(etag)" }
}
