import Foundation
import HTTPTransport
import NIOHTTP1
import Testing
import UploadCore
import UploadTesting

@testable import Backends

@Suite struct SessionResponseTests {
    private let answers = SessionResponses(
        faults: GoogleFaults(missing: UploadError(.noSuchBucket, "the bucket b does not exist")), object: ObjectJSON.object)
    private let object = HTTPResponse(.ok, text: #"{"id":"b/a/7","generation":"7","etag":"CAE=","size":"9","crc32c":"4waSgw=="}"#)

    private func incomplete(_ range: String?) -> HTTPResponse {
        HTTPResponse(.permanentRedirect, headers: range.map { ["Range": $0] } ?? [:], text: "")
    }

    private func code(_ operation: () throws -> some Any) -> UploadError.Code? {
        do {
            _ = try operation()
            return nil
        } catch {
            return (error as? UploadError)?.code
        }
    }

    @Test(
        arguments: [
            (nil, 0), ("bytes=0-0", 1), ("bytes=0-262143", 262_144), ("bytes=0-999999999999999", 1_000_000_000_000_000),
        ] as [(String?, Int64)])
    func anAcknowledgedRangeEndsWithItsLastByte(range: String?, expected: Int64) throws {
        #expect(try ContentRange.acknowledged(range) == expected)
    }

    @Test(arguments: ["", "bytes=", "bytes=1-5", "bytes=0-", "bytes=0--1", "0-5", "bytes=0-5,7-9", "bytes=0-99999999999999999999"])
    func aMalformedRangeIsAnInvalidResponse(range: String) {
        #expect(code { try ContentRange.acknowledged(range) } == .invalidResponse)
    }

    @Test func moreThanWasSentIsRejected() throws {
        #expect(
            try answers.progress(in: incomplete("bytes=0-262143"), sentEnd: 262_144, mayBeComplete: false) == .confirmed(262_144))
        #expect(code { try answers.progress(in: incomplete("bytes=0-262144"), sentEnd: 262_144, mayBeComplete: false) } == .rejected)
    }

    @Test func anObjectBeforeTheLastPartIsAnInvalidResponse() throws {
        #expect(code { try answers.progress(in: object, sentEnd: 5, mayBeComplete: false) } == .invalidResponse)
        guard case .committed(let committed) = try answers.progress(in: object, sentEnd: 9, mayBeComplete: true) else {
            Issue.record("the object is not seen")
            return
        }
        #expect(committed.version == "7" && committed.size == 9 && committed.etag == "CAE=" && committed.id == "b/a/7")
        #expect(committed.digest?.description == "crc32c:4waSgw==")
    }

    @Test(arguments: ["", "<html>It works!</html>", "{}", #"{"size":9}"#, #"{"size":"-1"}"#, #"{"size":"many"}"#])
    func aResponseThatDescribesNoObjectIsInvalid(text: String) {
        #expect(code { try answers.progress(in: HTTPResponse(.ok, text: text), sentEnd: 9, mayBeComplete: true) } == .invalidResponse)
    }

    @Test func aCommitThatDoesNotFinishIsAnInvalidResponse() throws {
        #expect(try answers.committed(in: object, size: 9).size == 9)
        #expect(code { try answers.committed(in: incomplete("bytes=0-4"), size: 9) } == .invalidResponse)
    }

    @Test func aSessionIsOpenedWhereTheServerSays() throws {
        let expiry = SessionExpiry(openedAt: Date(timeIntervalSince1970: 1_000_000))
        let opened = HTTPResponse(.ok, headers: ["location": "http://other:1/up?upload_id=x"], text: "")
        let hosts = ServiceHosts("http://other:1")
        let session = try answers.session(in: opened, hosts: hosts, expiresAt: expiry)
        #expect(session.handle == "http://other:1/up?upload_id=x")
        #expect(session.expiresAt == Date(timeIntervalSince1970: 1_000_000 + 604_800))
        #expect(code { try answers.session(in: opened, hosts: ServiceHosts("https://other:1"), expiresAt: expiry) } == .invalidResponse)
        let nowhere = HTTPResponse(.ok, text: "")
        #expect(code { try answers.session(in: nowhere, hosts: hosts, expiresAt: expiry) } == .invalidResponse)
        let file = HTTPResponse(.ok, headers: ["location": "file:///etc/passwd"], text: "")
        #expect(code { try answers.session(in: file, hosts: hosts, expiresAt: expiry) } == .invalidResponse)
    }

    @Test(arguments: [200, 204, 404, 410, 499])
    func whatIsGoneIsAborted(status: Int) throws {
        try answers.aborted(HTTPResponse(.init(statusCode: status), text: ""))
    }
}
