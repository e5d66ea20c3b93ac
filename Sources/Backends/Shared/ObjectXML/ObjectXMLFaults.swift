import struct Foundation.URLComponents
import HTTPTransport
import NIOHTTP1
import UploadCore

/// What the refusals of services that respond in XML mean to the engine. A code that `ObjectXMLErrorCodes` knows decides; else the
/// status does.
///
/// | response | error |
/// | --- | --- |
/// | a known code, also inside of 200 | as `ObjectXMLErrorCodes` has it |
/// | 301, 302, 307 | rejected, with the place |
/// | 409 | serverBusy |
/// | otherwise | as `StatusMeaning` has it |
struct ObjectXMLFaults: Sendable {
    let bucket: String

    /// A corrupt part does not end the upload: it is sent again.
    static func resendable(_ error: UploadError) -> UploadError {
        guard error.code == .digestMismatch else { return error }
        return UploadError(.serverFault, "a part was corrupted in transit; it is sent again")
    }

    func classify(_ response: HTTPResponse) -> UploadError {
        let (code, sentence) = verdict(response, ObjectXMLRefusal(response))
        let retryAfter = code.disposition == .transient ? RetryAfter.parse(response.headers) : nil
        return UploadError(code, sentence, retryAfter: retryAfter)
    }

    private func verdict(_ response: HTTPResponse, _ refusal: ObjectXMLRefusal) -> (UploadError.Code, String) {
        let status = Int(response.status.code)
        if let meaning = refusal.code.flatMap(ObjectXMLErrorCodes.meaning) {
            let code = StatusMeaning.code(meaning, with: status)
            return (code, sentence(code, status, refusal))
        }
        switch status {
        case 301, 302, 307:
            let place = refusal.endpoint ?? response.headers.first(name: "Location").flatMap { URLComponents(string: $0)?.host } ?? "another host"
            return (.rejected, "the bucket \(bucket) is served by \(place); name it with the option endpoint=URL")
        default:
            let code = status == 409 ? .serverBusy : StatusMeaning.code(of: status)
            return (code, sentence(code, status, refusal))
        }
    }

    private func sentence(_ code: UploadError.Code, _ status: Int, _ refusal: ObjectXMLRefusal) -> String {
        switch code {
        case .invalidResponse: "unexpected response (status \(status))"
        case .sessionGone: "the upload is gone"
        case .noSuchBucket: "the bucket \(bucket) does not exist"
        case .digestMismatch: "the data was corrupted in transit\(refusal.quoted)"
        case .unauthenticated: unauthenticated(refusal)
        case .forbidden: "no permission at the destination\(refusal.quoted)"
        case .quotaExceeded: "the storage quota is exceeded or the account has no balance\(refusal.quoted)"
        case .timedOut: "the server gave up waiting for the request"
        case .connectionLost: "the server received only a part of the request"
        case .conflict: "the object was changed by another program"
        case .tooLarge: "the object is too large for the service\(refusal.quoted)"
        case .invalidName: "the service cannot hold this name\(refusal.quoted)"
        case .serverBusy: "the server is busy (status \(status))"
        case .serverFault where refusal.code?.hasPrefix("InvalidPart") == true: "the server is missing a part of the upload"
        case .serverFault: "the server failed (status \(status))"
        default:
            status == 501 || status == 505
                ? "the server does not support this request (status \(status)); check the option endpoint\(refusal.quoted)"
                : "the server refused the request (status \(status))\(refusal.quoted)"
        }
    }

    /// The server's own message may repeat what was signed.
    private func unauthenticated(_ refusal: ObjectXMLRefusal) -> String {
        switch refusal.code {
        case "SignatureDoesNotMatch", "TooManyWrongSignature": "the server refused the signature; is the secret key right?"
        case "InvalidAccessKeyId", "ExpiredToken", "InvalidToken": "the server does not know the access key, or its token expired"
        case "RequestTimeTooSkewed": "the server refused the request's date; is this machine's clock right?"
        default: "the server refused the credentials" + (refusal.code.map { " (\($0))" } ?? "")
        }
    }
}
