import UploadCore

/// The headers by which both sides of a resumable upload say which bytes they mean; the last byte is inclusive.
enum ContentRange {
    /// `bytes 0-262143/1000000`; without bytes `bytes */T`, which only says how long the object is. A total that is not known
    /// is a `*`.
    static func value(of part: Part, total: Int64?) -> String {
        let total = total.map(String.init) ?? "*"
        return part.length == 0 ? "bytes */\(total)" : "bytes \(part.offset)-\(part.end - 1)/\(total)"
    }

    /// A question and nothing else. (`bytes */T` would finish the upload where T bytes have arrived.)
    static let question = "bytes */*"

    /// How many bytes the `Range` header of a 308 acknowledges: `bytes=0-N` stands for N+1, no header for none.
    static func acknowledged(_ header: String?) throws(UploadError) -> Int64 {
        guard let header else { return 0 }
        guard header.hasPrefix("bytes=0-"), let last = decimal(header.dropFirst("bytes=0-".count)) else {
            throw UploadError(.invalidResponse, "malformed response: invalid Range header")
        }
        return last + 1
    }

    private static func decimal(_ digits: Substring) -> Int64? {
        guard (1...18).contains(digits.count), digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        return Int64(digits)
    }
}
