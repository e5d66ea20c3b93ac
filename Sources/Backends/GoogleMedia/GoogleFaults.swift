import HTTPTransport
import NIOHTTP1
import UploadCore

/// What the refusals of Google's services mean to the engine.
///
/// | answer | error |
/// | --- | --- |
/// | 408 | timedOut |
/// | 429, 503, 403 with a rate limit as reason | serverBusy |
/// | 500, 502, 504, other 5xx | serverFault |
/// | 401 | unauthenticated |
/// | 403 with a quota as reason, 507 | quotaExceeded |
/// | 403 otherwise | forbidden |
/// | 404, 410, 499 on a session | sessionGone |
/// | 404 on a container | `missing` |
/// | 400 that names a digest | digestMismatch |
/// | 412, 409 with an id in use as reason | conflict |
/// | 413 | tooLarge |
/// | 1xx, 2xx, 3xx where another status was due | invalidAnswer |
/// | other 4xx | rejected |
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

    func classify(_ answer: HTTPAnswer, about subject: Subject) -> UploadError {
        let refusal = GoogleRefusal(answer)
        let status = Int(answer.status.code)
        let (code, sentence) = verdict(status, refusal, subject)
        let retryAfter = code.disposition == .transient ? RetryAfter.parse(answer.headers) : nil
        return UploadError(code, sentence, retryAfter: retryAfter)
    }

    private func verdict(_ status: Int, _ refusal: GoogleRefusal, _ subject: Subject) -> (UploadError.Code, String) {
        switch status {
        case 401:
            return (.unauthenticated, "the server refused the credentials\(refusal.quoted)")
        case 403:
            return forbidden(refusal)
        case 404, 410, 499:
            return notFound(status, refusal, subject)
        case 408:
            return (.timedOut, "the server gave up waiting for the request")
        case 409 where refusal.reason == "fileIdInUse":
            return (.conflict, "there is a file with this id already")
        case 412:
            return (.conflict, "the object was changed by somebody else")
        case 413:
            return (.tooLarge, "the object is too large for the service\(refusal.quoted)")
        case 429, 503:
            return (.serverBusy, "the server is busy (status \(status))")
        case 507:
            return (.quotaExceeded, "the service has no room left\(refusal.quoted)")
        case 500...:
            return (.serverFault, "the server failed (status \(status))")
        case 400 where refusal.namesDigest:
            return (.digestMismatch, "the server received other bytes than were sent\(refusal.quoted)")
        case 400...:
            return (.rejected, "the server refused the request (status \(status))\(refusal.quoted)")
        default:
            return (.invalidAnswer, "the server gave an answer that is not due here (status \(status))")
        }
    }

    private func forbidden(_ refusal: GoogleRefusal) -> (UploadError.Code, String) {
        switch refusal.reason {
        case "rateLimitExceeded", "userRateLimitExceeded", "sharingRateLimitExceeded":
            (.serverBusy, "the server limits the rate of requests")
        case "quotaExceeded", "storageQuotaExceeded", "storageQuota", "dailyLimitExceeded", "teamDriveFileLimitExceeded",
            "numChildrenInNonRootLimitExceeded", "activeItemCreationLimitExceeded":
            (.quotaExceeded, "the quota of the destination is used up\(refusal.quoted)")
        default:
            (.forbidden, "no permission at the destination\(refusal.quoted)")
        }
    }

    private func notFound(_ status: Int, _ refusal: GoogleRefusal, _ subject: Subject) -> (UploadError.Code, String) {
        switch subject {
        case .session:
            (.sessionGone, "the upload session is gone (status \(status))")
        case .container where status == 404, .object where status == 404 && refusal.namesBucket:
            (missing.code, missing.sentence)
        default:
            (.rejected, "the server refused the request (status \(status))\(refusal.quoted)")
        }
    }
}
