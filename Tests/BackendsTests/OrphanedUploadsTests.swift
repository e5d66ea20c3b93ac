import Foundation
import HTTPTransport
import NIOConcurrencyHelpers
import Testing
import UploadCore
import UploadTesting

@testable import Backends

/// Which uploads of a list count as begun by a request without a response.
@Suite struct OrphanedUploadsTests {
    private static let start = Date(timeIntervalSince1970: 1_800_000_000)
    private let begin = SessionBegin(key: ObjectKey("k"), from: start, until: start.addingTimeInterval(10))

    private static func entry(_ key: String, _ id: String, after seconds: Double) -> String {
        let time = start.addingTimeInterval(seconds).formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        return "<Upload><Key>\(key)</Key><UploadId>\(id)</UploadId><Initiated>\(time)</Initiated></Upload>"
    }

    /// - Parameter clockAhead: how far the service's clock is ahead of this machine's, in seconds; nil for a service that does not tell.
    private func find(
        _ pages: [String], begin: SessionBegin? = nil, parts: Set<String> = [], gone: Set<String> = [], clockAhead: Double? = 0
    ) async throws -> (ids: [String], places: [String?]) {
        let left = NIOLockedValueBox(pages)
        let places = NIOLockedValueBox<[String?]>([])
        let found = try await OrphanedUploads(begin ?? self.begin, now: { Self.start }).find { place throws(UploadError) in
            places.withLockedValue { $0.append(place?.id) }
            let page = left.withLockedValue { $0.removeFirst() }
            let date = clockAhead.map { ["Date": HTTPDate.text(Self.start.addingTimeInterval($0))] } ?? [:]
            var answer = HTTPResponse(.ok, text: "<ListMultipartUploadsResult>\(page)</ListMultipartUploadsResult>")
            for (name, value) in date { answer.headers.add(name: name, value: value) }
            return answer
        } parts: { handle throws(UploadError) in
            if gone.contains(handle.id) { throw UploadError(.sessionGone, "gone") }
            let part = parts.contains(handle.id) ? "<Part><PartNumber>1</PartNumber><Size>5</Size><ETag>e</ETag></Part>" : ""
            return HTTPResponse(.ok, text: "<ListPartsResult>\(part)</ListPartsResult>")
        }
        return (try found.map { try MultipartHandle($0).id }, places.withLockedValue { $0 })
    }

    private static func truncated(_ key: String, _ id: String) -> String {
        "<IsTruncated>true</IsTruncated><NextKeyMarker>\(key)</NextKeyMarker><NextUploadIdMarker>\(id)</NextUploadIdMarker>"
    }

    @Test func keyTimeAndEmptinessDecide() async throws {
        let entries = [
            Self.entry("k", "before", after: -60), Self.entry("k", "ours", after: 1), Self.entry("k", "late", after: 60),
            Self.entry("k", "sending", after: 1), Self.entry("k", "finished", after: 1), Self.entry("k2", "longer", after: 1),
            "<Upload><Key>k</Key><UploadId>timeless</UploadId><Initiated>yesterday</Initiated></Upload>",
        ]
        #expect(try await find([entries.joined()], parts: ["sending"], gone: ["finished"]).ids == ["ours"])
    }

    @Test func aKeyInAnotherUnicodeFormIsAnother() async throws {
        let begin = SessionBegin(key: ObjectKey("e\u{301}"), from: Self.start, until: Self.start.addingTimeInterval(10))
        let pages = [
            Self.entry("\u{E9}", "other", after: 1) + Self.truncated("e\u{301}", "1"),
            Self.entry("e\u{301}", "ours", after: 1) + Self.truncated("\u{E9}", "1"), "never read",
        ]
        #expect(try await find(pages, begin: begin).ids == ["ours"])
    }

    @Test func theServicesClockCounts() async throws {
        let page = Self.entry("k", "ours", after: 601) + Self.entry("k", "earlier", after: 1)
        #expect(try await find([page], clockAhead: 600).ids == ["ours"])
    }

    @Test func withoutTheServicesTimeNothingIsTaken() async throws {
        #expect(try await find([Self.entry("k", "ours", after: 1)], clockAhead: nil).ids.isEmpty)
    }

    @Test func pagesAreReadAsFarAsTheyAreAboutTheKey() async throws {
        let pages = [
            Self.entry("k", "1", after: 1) + Self.truncated("k", "1"), Self.entry("k", "2", after: 1) + Self.truncated("k3", "x"), "never read",
        ]
        let found = try await find(pages)
        #expect(found.ids == ["1", "2"] && found.places == [nil, "1"])
    }

    @Test func aListThatDoesNotGoOnIsAnError() async throws {
        let page = Self.entry("k", "1", after: 1) + Self.truncated("k", "1")
        let error = await #expect(throws: UploadError.self) { try await find([page, page]) }
        #expect(error?.code == .invalidResponse)
    }
}
