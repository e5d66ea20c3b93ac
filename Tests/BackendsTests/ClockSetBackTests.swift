import Foundation
import HTTPTransport
import NIOHTTP1
import Testing
import UploadCore
import UploadTesting

@testable import Backends

/// A clock that is set back by hours: what waits for a time by it waits no longer than it would have.
@Suite struct ClockSetBackTests {
    private static let eightHours = 8.0 * 3600

    @Test func drivesPauseStaysAnHour() throws {
        let clock = SettableDate()
        let cap = DriveUploadCap(now: { clock.now })
        let refused = HTTPResponse(.forbidden, text: #"{"error":{"errors":[{"reason":"dailyLimitExceeded"}]}}"#)
        #expect(throws: UploadError.self) { try cap.note(refused) }
        clock.advance(by: -Self.eightHours)
        let error = #expect(throws: UploadError.self) { try cap.check() }
        #expect(error?.retryAfter == .seconds(DriveUploadCap.pauseSeconds))
        clock.advance(by: DriveUploadCap.pauseSeconds)
        try cap.check()
    }

    @Test func drivesPatienceStaysTenMinutes() throws {
        let clock = SettableDate()
        let cap = DriveUploadCap(now: { clock.now })
        let refused = HTTPResponse(.forbidden, text: #"{"error":{"errors":[{"reason":"userRateLimitExceeded"}]}}"#)
        try cap.note(refused)
        clock.advance(by: -Self.eightHours)
        try cap.note(refused)
        clock.advance(by: DriveUploadCap.patienceSeconds)
        #expect(throws: UploadError.self) { try cap.note(refused) }
    }

    @Test func boxsPatienceStaysTenMinutes() {
        let clock = SettableDate()
        let patience = BoxCommitTimeout(now: { clock.now })
        let session = BoxSessionHandle(part: "p", list: "l", commit: "c", abort: "a", etag: nil)
        #expect(patience.note(session, missesParts: true))
        clock.advance(by: -Self.eightHours)
        #expect(patience.note(session, missesParts: true))
        clock.advance(by: BoxCommitTimeout.limitSeconds)
        #expect(!patience.note(session, missesParts: true))
    }
}
