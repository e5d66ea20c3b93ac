import Foundation
import HTTPTransport
import UploadCore

/// Finds the uploads in parts that a request whose response was lost may have begun.
///
/// The list has nothing of an upload but its key, its id and its time: no metadata by which one could know it again. So an upload
/// counts if its key is exactly the request's, if it was begun in the request's time, and if it has no part: no one can have sent one
/// to an upload whose id no one has.
struct OrphanedUploads {
    let begin: SessionBegin
    let now: @Sendable () -> Date

    init(_ begin: SessionBegin, now: @escaping @Sendable () -> Date = { Date() }) {
        self.begin = begin
        self.now = now
    }

    /// The header `Date` counts whole seconds, and a server may write the one before.
    private static let toleranceSeconds = 2.0

    /// A million unfinished uploads of one key are not of one program.
    private static let pagesMax = 1000

    /// - Parameters:
    ///   - list: asks for the page of uploads after a place, those first whose key begins with the request's.
    ///   - parts: asks for an upload's parts.
    func find(
        list: (MultipartXML.UploadsPage.Place?) async throws(UploadError) -> HTTPResponse,
        parts: (MultipartHandle) async throws(UploadError) -> HTTPResponse
    ) async throws(UploadError) -> [UploadSession] {
        var sessions: [UploadSession] = []
        var place: MultipartXML.UploadsPage.Place?
        var walk = PageWalk("the list of uploads", pagesMax: Self.pagesMax)
        repeat {
            if let place { try walk.advance(to: "\(place.key)\n\(place.id)") }
            let asked = now()
            let response = try await list(place)
            let page = try MultipartXML.uploads(in: response, after: place)
            guard let period = period(by: response, asked: asked) else { return [] }
            for entry in page.entries where entry.key == begin.key && entry.initiated.map(period.contains) ?? false {
                // What the ETags of its parts mean is not known, and there are none.
                let handle = MultipartHandle(id: entry.id, key: begin.key, hasOpaqueTags: true)
                if try await isEmpty(handle, parts) { sessions.append(UploadSession(handle: handle.text, expiresAt: nil)) }
            }
            place = page.next
            // Keys are in order, and the shortest of those that begin with the key is the key itself.
        } while place != nil && place?.key == begin.key
        return sessions
    }

    /// The request's time by the service's clock; nil where a response does not have it, since times cannot be compared then.
    ///
    /// The service wrote its time at some moment between the question and the arrival of the response.
    private func period(by response: HTTPResponse, asked: Date) -> ClosedRange<Date>? {
        guard let date = response.headers.first(name: "Date").flatMap(HTTPDate.parse) else { return nil }
        let (leastAhead, mostAhead) = (date.timeIntervalSince(max(now(), asked)), date.timeIntervalSince(asked))
        let (from, until) = (begin.period.lowerBound, begin.period.upperBound)
        return from.addingTimeInterval(leastAhead - Self.toleranceSeconds)...until.addingTimeInterval(mostAhead + Self.toleranceSeconds)
    }

    private func isEmpty(
        _ handle: MultipartHandle, _ parts: (MultipartHandle) async throws(UploadError) -> HTTPResponse
    ) async throws(UploadError) -> Bool {
        do throws(UploadError) {
            return try MultipartXML.parts(in: try await parts(handle)).entries.isEmpty
        } catch {
            // Completed or dropped since it was listed.
            guard error.code == .sessionGone else { throw error }
            return false
        }
    }
}
