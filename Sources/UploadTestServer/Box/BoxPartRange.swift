/// Where a part lies in its file, after all checks that need no byte of it.
struct BoxPartRange: Equatable {
    let offset: Int64
    let length: Int64

    /// - Parameter header: `bytes FIRST-LAST/TOTAL`.
    init(_ header: String?, in session: BoxSessionRecord) throws {
        guard let numbers = Self.numbers(header ?? "") else {
            throw BoxError(400, "invalid_content_range", "Content-Range is not of the form bytes FIRST-LAST/TOTAL: \(header ?? "")")
        }
        let (first, last, total) = numbers
        guard total == session.size, first >= 0, first < total, first % session.partSize == 0,
            last == min(first + session.partSize, total) - 1
        else { throw BoxError(416, "range_not_satisfiable", "No part of the session has the range \(header ?? "").") }
        offset = first
        length = last - first + 1
    }

    private static func numbers(_ header: String) -> (Int64, Int64, Int64)? {
        guard header.hasPrefix("bytes ") else { return nil }
        let numbers = header.dropFirst(6).split(omittingEmptySubsequences: false) { $0 == "-" || $0 == "/" }.map { Int64($0) }
        guard numbers.count == 3, let first = numbers[0], let last = numbers[1], let total = numbers[2] else { return nil }
        return (first, last, total)
    }
}
