import HTTPTransport
import NIOHTTP1
import Testing
import UploadCore
import UploadTesting

@testable import Backends

/// The table of `GoogleFaults`, row by row.
@Suite struct GoogleStorageFaultTests {
    private let faults = GoogleFaults(missing: UploadError(.noSuchBucket, "the bucket b does not exist"))

    struct Row: Sendable, CustomTestStringConvertible {
        let status: Int
        var reason: String?
        var message = "Some words."
        var subject = GoogleFaults.Subject.object
        let code: UploadError.Code

        var testDescription: String { "\(status) \(reason ?? "") about \(subject): \(code)" }

        var answer: HTTPResponse {
            HTTPResponse(
                .init(statusCode: status), headers: ["Content-Type": "application/json"],
                text: #"{"error":{"code":\#(status),"message":"\#(message)","errors":[{"domain":"global","reason":"\#(reason ?? "x")"}]}}"#)
        }
    }

    static let rows = [
        Row(status: 408, code: .timedOut),
        Row(status: 429, code: .serverBusy),
        Row(status: 503, code: .serverBusy),
        Row(status: 403, reason: "rateLimitExceeded", code: .serverBusy),
        Row(status: 403, reason: "userRateLimitExceeded", code: .serverBusy),
        Row(status: 500, code: .serverFault),
        Row(status: 502, code: .serverFault),
        Row(status: 504, code: .serverFault),
        Row(status: 599, code: .serverFault),
        Row(status: 401, code: .unauthenticated),
        Row(status: 403, reason: "quotaExceeded", code: .quotaExceeded),
        Row(status: 403, reason: "storageQuotaExceeded", code: .quotaExceeded),
        Row(status: 507, code: .quotaExceeded),
        Row(status: 403, reason: "forbidden", code: .forbidden),
        Row(status: 403, reason: "insufficientPermissions", subject: .session, code: .forbidden),
        Row(status: 404, subject: .session, code: .sessionGone),
        Row(status: 410, subject: .session, code: .sessionGone),
        Row(status: 499, subject: .session, code: .sessionGone),
        Row(status: 404, subject: .container, code: .noSuchBucket),
        Row(status: 404, message: "The specified bucket does not exist.", code: .noSuchBucket),
        Row(status: 404, message: "No such object: b/a", code: .rejected),
        Row(status: 410, code: .rejected),
        Row(status: 400, message: "Provided CRC32C \\\"a\\\" doesn't match calculated CRC32C \\\"b\\\".", code: .digestMismatch),
        Row(status: 400, reason: "invalid", code: .rejected),
        Row(status: 412, code: .conflict),
        Row(status: 413, code: .tooLarge),
        Row(status: 301, code: .invalidResponse),
        Row(status: 308, code: .invalidResponse),
        Row(status: 204, code: .invalidResponse),
        Row(status: 405, code: .rejected),
        Row(status: 416, subject: .session, code: .serverFault),
        Row(status: 416, code: .rejected),
    ]

    @Test(arguments: rows)
    func isClassified(_ row: Row) {
        #expect(faults.classify(row.answer, about: row.subject).code == row.code)
    }

    @Test func aPartAtTheWrongOffsetIsFollowedByAProbe() {
        let answer = HTTPResponse(
            .serviceUnavailable, headers: ["Content-Type": "text/plain"], text: "Invalid request. Content-Range starts too late.")
        #expect(faults.classify(answer, about: .session).disposition == .transient)
    }

    @Test func retryAfterIsKeptWhereItHelps() {
        let busy = HTTPResponse(.tooManyRequests, headers: ["retry-after": "12"], text: "")
        #expect(faults.classify(busy, about: .session).retryAfter == .seconds(12))
        let forbidden = HTTPResponse(.forbidden, headers: ["Retry-After": "12"], text: "")
        #expect(faults.classify(forbidden, about: .session).retryAfter == nil)
    }

    @Test func theServersWordsAreQuotedOnOneBoundedLine() {
        let long = Row(status: 400, message: String(repeating: "word\\n", count: 500), code: .rejected)
        let sentence = faults.classify(long.answer, about: .object).sentence
        #expect(sentence.count < 300)
        #expect(!sentence.contains("\n"))
    }

    @Test func aSessionURLIsNotQuoted() {
        let leak = Row(status: 400, message: "Bad request to https://x/o?upload_id=SECRET", subject: .session, code: .rejected)
        #expect(!faults.classify(leak.answer, about: .session).sentence.contains("SECRET"))
    }
}
