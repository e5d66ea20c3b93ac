import UploadCore

/// What distinguishes one version of an object from another: its ETag, and the token of the upload that made it where that was
/// one of ours, so that two uploads of equal content are told apart.
struct OBSVersion: Equatable {
    let etag: String
    let token: String?

    init(etag: String, token: String?) {
        self.etag = etag
        self.token = token
    }

    /// Reads what `text` made.
    init(_ text: String) {
        let halves = text.pieces(at: "/", maxSplits: 1)
        etag = halves.first ?? ""
        token = halves.count > 1 ? halves[1] : nil
    }

    var text: String { token.map { "\(etag)/\($0)" } ?? etag }
}
