import HTTPTransport
import NIOHTTP1
import Testing
import UploadCore
import UploadTesting

@testable import Credentials

/// What token endpoints say when they hand out no token, and what people read of it.
@Suite struct TokenRefusalTests {
    private func error(_ status: Int, _ text: String, hiding secrets: [String] = []) -> UploadError {
        TokenRefusal(HTTPResponse(.init(statusCode: status), headers: ["Retry-After": "7"], text: text)).error("log in again", hiding: secrets)
    }

    @Test(
        arguments: [
            (400, "invalid_request", .unauthenticated), (401, "invalid_client", .unauthenticated), (400, "invalid_grant", .unauthenticated),
            (400, "unauthorized_client", .unauthenticated), (400, "unsupported_grant_type", .unauthenticated),
            (400, "invalid_scope", .unauthenticated), (403, "access_denied", .unauthenticated), (400, "admin_policy_enforced", .unauthenticated),
            (403, "org_internal", .unauthenticated), (401, "deleted_client", .unauthenticated), (401, "disabled_client", .unauthenticated),
            (401, "invalid_token", .unauthenticated), (400, "server_error", .serverBusy), (400, "temporarily_unavailable", .serverBusy),
            (400, "internal_failure", .serverBusy), (400, "slow_down", .serverBusy), (403, "rate_limit_exceeded", .serverBusy),
        ] as [(Int, String, UploadError.Code)])
    func aCodeHasItsClass(_ status: Int, _ code: String, _ expected: UploadError.Code) {
        #expect(error(status, #"{"error":"\#(code)"}"#).code == expected)
        #expect(TokenRefusal.meanings[code] == expected && TokenRefusal.meanings.count == 17)
    }

    @Test(
        arguments: [
            (408, .serverBusy), (429, .serverBusy), (500, .serverBusy), (503, .serverBusy), (501, .unauthenticated), (505, .unauthenticated),
            (400, .unauthenticated), (404, .unauthenticated), (302, .unauthenticated),
        ] as [(Int, UploadError.Code)])
    func aStatusHasItsClass(_ status: Int, _ expected: UploadError.Code) {
        let error = error(status, "<html>")
        #expect(error.code == expected && (error.retryAfter == .seconds(7)) == (expected == .serverBusy))
    }

    @Test func theDescriptionIsShownWithWhatToDo() {
        #expect(
            error(400, #"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#).sentence
                == "the token endpoint refused the credentials: Token has been expired or revoked (invalid_grant); log in again")
        #expect(
            error(400, #"{"error":"invalid_grant"}"#).sentence == "the token endpoint refused the credentials: invalid_grant; log in again")
        #expect(
            error(401, #"{"error":"invalid_client","error_description":"The OAuth client was not found."}"#).sentence
                == "the token endpoint refused the credentials: The OAuth client was not found (invalid_client); "
                + "check the client id and secret in the credential file, and that the application is enabled")
        #expect(error(501, "").sentence == "the token endpoint does not support this request (status 501); check its URL")
    }

    @Test func aDescriptionIsBoundedAndRepeatsNoSecret() {
        let leak = error(400, #"{"error":"invalid_grant","error_description":"no such token: 1//SECRET-TOKEN"}"#, hiding: ["1//SECRET-TOKEN"])
        #expect(leak.sentence == "the token endpoint refused the credentials: invalid_grant; log in again")
        let long = error(400, #"{"error":"invalid_grant","error_description":"\#(String(repeating: "word\\n", count: 1000))"}"#)
        #expect(long.sentence.utf8.count < 400 && !long.sentence.contains("\n"))
    }
}
