import Foundation
import HTTPTransport
import NIOCore
import NIOHTTP1
import UploadCore

/// Why a token endpoint handed out no token: the error document of RFC 6749, section 5.2, as far as a response has one.
struct TokenRefusal {
    /// The codes of RFC 6749 (sections 4.1.2.1 and 5.2), RFC 8628, and of Google's and Box's endpoints, with what each means. All but
    /// those that pass are for someone to repair, and are tried again at a slow pace.
    static let meanings: [String: UploadError.Code] = [
        "server_error": .serverBusy, "temporarily_unavailable": .serverBusy, "internal_failure": .serverBusy, "slow_down": .serverBusy,
        "rate_limit_exceeded": .serverBusy, "invalid_request": .unauthenticated, "invalid_client": .unauthenticated,
        "invalid_grant": .unauthenticated, "unauthorized_client": .unauthenticated, "unsupported_grant_type": .unauthenticated,
        "invalid_scope": .unauthenticated, "access_denied": .unauthenticated, "admin_policy_enforced": .unauthenticated,
        "org_internal": .unauthenticated, "deleted_client": .unauthenticated, "disabled_client": .unauthenticated,
        "invalid_token": .unauthenticated,
    ]

    private let status: Int
    private let code: String?
    private let description: String?
    private let retryAfter: Duration?

    private struct Document: Decodable {
        let error: String
        let error_description: String?
    }

    init(_ response: HTTPResponse) {
        let document = try? JSONDecoder().decode(Document.self, from: Data(response.body.readableBytesView))
        status = Int(response.status.code)
        code = document?.error
        description = document?.error_description
        retryAfter = RetryAfter.parse(response.headers)
    }

    func error(_ remedy: String?, hiding secrets: [String]) -> UploadError {
        switch status {
        case 501, 505:
            return UploadError(.unauthenticated, "the token endpoint does not support this request (status \(status)); check its URL")
        case 408, 429, 500...:
            return UploadError(.serverBusy, "the token endpoint is busy (status \(status))", retryAfter: retryAfter)
        default: break
        }
        guard let code else {
            return UploadError(.unauthenticated, "the token endpoint refused the credentials (status \(status))\(advice(remedy))")
        }
        if Self.meanings[code] == .serverBusy {
            return UploadError(.serverBusy, "the token endpoint is busy (\(Self.line(code)))", retryAfter: retryAfter)
        }
        return UploadError(.unauthenticated, "the token endpoint refused the credentials: \(words(hiding: secrets))\(advice(remedy))")
    }

    /// `Token has been expired or revoked (invalid_grant)`; the code alone where there is no description that may be shown.
    private func words(hiding secrets: [String]) -> String {
        let code = Self.line(code ?? "")
        guard let description, !description.isEmpty, !secrets.contains(where: { $0.utf8.count >= Self.secretBytesMin && description.contains($0) })
        else { return code }
        let line = Self.line(description)
        return "\(line.hasSuffix(".") ? String(line.dropLast()) : line) (\(code))"
    }

    private func advice(_ remedy: String?) -> String {
        switch code {
        case "invalid_client", "unauthorized_client", "deleted_client", "disabled_client":
            "; check the client id and secret in the credential file, and that the application is enabled"
        case "invalid_scope": "; the credentials do not allow the access that this destination needs"
        default: remedy.map { "; \($0)" } ?? ""
        }
    }

    /// Shorter values, such as a grant's type, are no secrets.
    private static let secretBytesMin = 8
    private static let charactersMax = 200

    /// On one line and of bounded length.
    private static func line(_ text: String) -> String {
        String(text.prefix(charactersMax).map { $0.isNewline ? " " : $0 }).trimmingCharacters(in: .whitespaces)
    }
}
