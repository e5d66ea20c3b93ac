import UploadCore

/// Sees to it that a list which comes in pages ends, whatever the server says about where the next page begins.
///
/// A list ends by itself where the server says so. One whose marker was there before would repeat forever, and one that is
/// longer than anything the service can hold is no list.
struct PageWalk {
    private let list: String
    private let pagesMax: Int
    private var markers: Set<[UInt8]> = []

    /// - Parameters:
    ///   - list: what is listed, for the error's sentence, such as `the list of parts`.
    ///   - pagesMax: more pages than this are no list of this kind.
    init(_ list: String, pagesMax: Int) {
        self.list = list
        self.pagesMax = pagesMax
    }

    /// Before the next page is asked for.
    /// - Parameter marker: what the server said where that page begins; compared byte by byte.
    /// - Throws: `invalidResponse` where the server said so before, or where there have been too many pages.
    mutating func advance(to marker: String) throws(UploadError) {
        guard markers.insert(Array(marker.utf8)).inserted else {
            throw UploadError(.invalidResponse, "malformed response: \(list) does not advance past a page")
        }
        guard markers.count < pagesMax else {
            throw UploadError(.invalidResponse, "malformed response: \(list) has more than \(pagesMax) pages")
        }
    }
}
