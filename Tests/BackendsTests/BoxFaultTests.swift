import HTTPTransport
import NIOHTTP1
import Testing
import UploadCore
import UploadTesting

@testable import Backends

@Suite struct BoxFaultTests {
    private func classify(
        _ status: Int, _ code: String? = nil, about subject: BoxFaults.Subject = .name("a"), headers: HTTPHeaders = [:], context: String = "{}"
    ) -> UploadError {
        let text = #"{"type":"error","code":"\#(code ?? "x")","message":"Words.","context_info":\#(context)}"#
        return BoxFaults().classify(HTTPResponse(HTTPResponseStatus(statusCode: status), headers: headers, text: text), about: subject)
    }

    @Test(
        arguments: [
            (408, nil, .timedOut), (429, nil, .serverBusy), (503, nil, .serverBusy), (509, nil, .serverBusy), (500, nil, .serverFault),
            (502, nil, .serverFault), (504, nil, .serverFault), (401, nil, .unauthenticated), (403, "access_denied", .forbidden),
            (403, "storage_limit_exceeded", .quotaExceeded), (507, nil, .quotaExceeded), (403, "file_size_limit_exceeded", .tooLarge),
            (413, nil, .tooLarge), (409, "operation_blocked_temporary", .serverBusy), (409, "item_name_in_use", .conflict),
            (412, nil, .conflict), (400, "parts_mismatch", .serverBusy), (400, "digest_mismatch", .digestMismatch),
            (400, "item_name_invalid", .invalidName), (400, "item_name_too_long", .invalidName), (400, "file_size_too_small", .rejected),
            (416, nil, .rejected), (404, nil, .noSuchBucket), (204, nil, .invalidResponse), (302, nil, .invalidResponse),
        ] as [(Int, String?, UploadError.Code)])
    func refusalsMeanWhatTheTableSays(status: Int, code: String?, expected: UploadError.Code) {
        #expect(classify(status, code).code == expected)
    }

    @Test(arguments: [404, 410])
    func whatIsNotFoundDependsOnWhatWasAskedFor(status: Int) {
        #expect(classify(status, about: .part).code == .sessionGone)
        #expect(classify(status, about: .session(name: "a")).code == .sessionGone)
        #expect(classify(status, about: .file).code == .conflict)
    }

    @Test func aPartThatIsRefusedIsAskedForAndSentAgain() {
        #expect(classify(409, about: .part).code == .serverFault)
        #expect(classify(400, "digest_mismatch", about: .part).code == .serverFault)
    }

    @Test(
        arguments: [
            (#"{"conflicts":{"type":"file","id":"1","name":"A"}}"#, .invalidName),
            (#"{"conflicts":[{"type":"folder","id":"1","name":"A"}]}"#, .invalidName),
            (#"{"conflicts":{"type":"file","id":"1","name":"a"}}"#, .conflict),
            (#"{"conflicts":[{"type":"folder","id":"1","name":"a"}]}"#, .conflict),
            (#"{"conflicts":[]}"#, .conflict), (#"{"conflicts":"?"}"#, .conflict),
        ] as [(String, UploadError.Code)])
    func aNameThatDiffersInCaseIsNotTheSameAsOneThatIsTaken(context: String, expected: UploadError.Code) {
        #expect(classify(409, "item_name_in_use", context: context).code == expected)
        #expect(classify(409, "item_name_in_use", about: .session(name: "a"), context: context).code == expected)
    }

    @Test func retryAfterIsHandedOnWhereWaitingHelps() {
        let headers: HTTPHeaders = ["Retry-After": "11"]
        #expect(classify(429, headers: headers).retryAfter == .seconds(11))
        #expect(classify(400, "parts_mismatch", headers: headers).retryAfter == .seconds(11))
        #expect(classify(403, headers: headers).retryAfter == nil)
    }

    @Test func theServersWordsAreQuotedOnOneLineAndWithoutAddresses() {
        #expect(classify(403).sentence == "no permission at the destination: Words")
        let secret = HTTPResponse(.badRequest, text: #"{"code":"x","message":"PUT /files/upload_sessions/SECRET\nfailed"}"#)
        #expect(BoxFaults().classify(secret, about: .part).sentence == "the server refused the request (status 400)")
        let none = HTTPResponse(.badRequest, text: "<html>")
        #expect(BoxFaults().classify(none, about: .part).sentence == "the server refused the request (status 400)")
    }
}
