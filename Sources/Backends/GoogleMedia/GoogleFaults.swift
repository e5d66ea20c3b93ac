import HTTPTransport
import NIOHTTP1
import UploadCore

/// What the refusals of Google's services mean to the engine. A reason that `GoogleErrorCodes` knows decides; else the status does.
///
/// | response | error |
/// | --- | --- |
/// | 404, 410, 499 on a session | sessionGone |
/// | 416 on a session | serverFault: the session is probed |
/// | 400 that names a digest | digestMismatch |
/// | a known reason | as `GoogleErrorCodes` has it |
/// | 404 on a container | `missing` |
/// | otherwise | as `StatusMeaning` has it |
struct GoogleFaults: Sendable {
    /// What the refused request was about.
    enum Subject: Sendable {
        /// Creates something in a bucket or folder: what is not found is that.
        case container
        case session
        case object
    }

    /// That the destination's own bucket or folder is not there.
    let missing: UploadError

    func classify(_ response: HTTPResponse, about subject: Subject) -> UploadError {
        let refusal = GoogleRefusal(response)
        let status = Int(response.status.code)
        if isMissing(status, refusal, subject) { return missing }
        let code = code(status, refusal, subject)
        let retryAfter = code.disposition == .transient ? RetryAfter.parse(response.headers) : nil
        return UploadError(code, sentence(code, status, refusal), retryAfter: retryAfter)
    }

    private func isMissing(_ status: Int, _ refusal: GoogleRefusal, _ subject: Subject) -> Bool {
        guard status == 404 else { return false }
        return subject == .container || subject == .object && refusal.namesBucket
    }

    private func code(_ status: Int, _ refusal: GoogleRefusal, _ subject: Subject) -> UploadError.Code {
        switch status {
        case ..<400: .invalidResponse
        case 404, 410, 499: subject == .session ? .sessionGone : .rejected
        case 416 where subject == .session: .serverFault
        case 400 where refusal.namesDigest: .digestMismatch
        default:
            refusal.reason.flatMap(GoogleErrorCodes.meaning).map { StatusMeaning.code($0, with: status) } ?? StatusMeaning.code(of: status)
        }
    }

    private func sentence(_ code: UploadError.Code, _ status: Int, _ refusal: GoogleRefusal) -> String {
        switch code {
        case .invalidResponse: "unexpected response (status \(status))"
        case .sessionGone: "the upload session is gone (status \(status))"
        case .digestMismatch: "the data was corrupted in transit\(refusal.quoted)"
        case .unauthenticated: "the server refused the credentials\(refusal.quoted)"
        case .forbidden: "no permission at the destination\(refusal.quoted)"
        case .timedOut: "the server gave up waiting for the request"
        case .conflict: refusal.reason == "fileIdInUse" ? "a file with this id already exists" : "the object was changed by another program"
        case .tooLarge: "the object is too large for the service\(refusal.quoted)"
        case .serverBusy: status == 403 ? "the server limits the rate of requests" : "the server is busy (status \(status))"
        case .quotaExceeded: "the quota of the destination is exceeded\(refusal.quoted)"
        case .serverFault where status == 416: "the server's offset differs from ours (status 416); probing the session"
        case .serverFault: "the server failed (status \(status))"
        default:
            status == 501 || status == 505
                ? "the server does not support this request (status \(status)); check the destination and the option endpoint\(refusal.quoted)"
                : "the server refused the request (status \(status))\(refusal.quoted)"
        }
    }
}
