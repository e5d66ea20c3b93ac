import HTTPTransport
import NIOHTTP1
import UploadCore

/// What Box's refusals mean to the engine. Codes: developer.box.com, "Common errors".
///
/// | answer | error |
/// | --- | --- |
/// | 408 | timedOut |
/// | 429, 503, 509, 409 `operation_blocked_temporary`, 400 `parts_mismatch` | serverBusy |
/// | other 5xx | serverFault |
/// | 400 `digest_mismatch` of a part, 409 on a part | serverFault: the parts are listed, and sent where they miss |
/// | 400 `digest_mismatch` otherwise | digestMismatch |
/// | 401 | unauthenticated |
/// | 403 `storage_limit_exceeded`, 507 | quotaExceeded |
/// | 403 `file_size_limit_exceeded`, 413 | tooLarge |
/// | 403 otherwise | forbidden |
/// | 404, 410 on a session | sessionGone |
/// | 404 on the folder of the destination | noSuchBucket |
/// | 409 `item_name_in_use` by an item of another name, see `BoxClashes` | invalidName |
/// | 409 otherwise, 412, 404 on a file that was to be replaced | conflict |
/// | 400 `item_name_invalid`, `item_name_too_long` | invalidName |
/// | 1xx, 2xx, 3xx where another status was due | invalidAnswer |
/// | other 4xx | rejected |
struct BoxFaults: Sendable {
    /// What the refused request was about.
    enum Subject: Equatable {
        /// Makes or looks for `name` in a folder.
        case name(ServiceName)
        /// A file that has an id.
        case file
        case session(name: ServiceName)
        case part
    }

    static let partsMismatch = "parts_mismatch"
    static let nameInUse = "item_name_in_use"

    func classify(_ answer: HTTPAnswer, about subject: Subject) -> UploadError {
        let (code, sentence) = verdict(Int(answer.status.code), BoxRefusal(answer), subject)
        let retryAfter = code.disposition == .transient ? RetryAfter.parse(answer.headers) : nil
        return UploadError(code, sentence, retryAfter: retryAfter)
    }

    private func verdict(_ status: Int, _ refusal: BoxRefusal, _ subject: Subject) -> (UploadError.Code, String) {
        switch status {
        case 400: badRequest(refusal, subject)
        case 401: (.unauthenticated, "Box refused the access token")
        case 403: forbidden(refusal)
        case 404, 410: notFound(status, refusal, subject)
        case 408: (.timedOut, "the server gave up waiting for the request")
        case 409: conflict(refusal, subject)
        case 412: (.conflict, "the file was changed by somebody else")
        case 413: (.tooLarge, "the file is too large for the service\(refusal.quoted)")
        case 429, 503, 509: (.serverBusy, "the server is busy (status \(status))")
        case 507: (.quotaExceeded, "the account has no room left\(refusal.quoted)")
        case 500...: (.serverFault, "the server failed (status \(status))")
        case 400...: (.rejected, "the server refused the request (status \(status))\(refusal.quoted)")
        default: (.invalidAnswer, "the server gave an answer that is not due here (status \(status))")
        }
    }

    private func badRequest(_ refusal: BoxRefusal, _ subject: Subject) -> (UploadError.Code, String) {
        switch refusal.code {
        case "digest_mismatch" where subject == .part:
            (.serverFault, "the server received other bytes of a part than were sent; the part is sent again")
        case "digest_mismatch": (.digestMismatch, "the server received other bytes than were sent\(refusal.quoted)")
        // Right after the last part this only says that not all of them have been processed.
        case Self.partsMismatch: (.serverBusy, "the server has not processed all parts yet")
        case "item_name_invalid", "item_name_too_long": (.invalidName, "Box cannot store this name\(refusal.quoted)")
        default: (.rejected, "the server refused the request (status 400)\(refusal.quoted)")
        }
    }

    private func forbidden(_ refusal: BoxRefusal) -> (UploadError.Code, String) {
        switch refusal.code {
        case "storage_limit_exceeded": (.quotaExceeded, "the account has no room left\(refusal.quoted)")
        case "file_size_limit_exceeded": (.tooLarge, "the file is too large for the account\(refusal.quoted)")
        default: (.forbidden, "no permission at the destination\(refusal.quoted)")
        }
    }

    private func notFound(_ status: Int, _ refusal: BoxRefusal, _ subject: Subject) -> (UploadError.Code, String) {
        switch subject {
        case .session, .part: (.sessionGone, "the upload session is gone (status \(status))")
        case .file: (.conflict, "the file was removed by somebody else")
        case .name: (.noSuchBucket, "the folder does not exist, or is not shared with this account")
        }
    }

    private func conflict(_ refusal: BoxRefusal, _ subject: Subject) -> (UploadError.Code, String) {
        if refusal.code == "operation_blocked_temporary" { return (.serverBusy, "the server is busy with another change of the folder") }
        switch subject {
        case .part: return (.serverFault, "the server has a part at this place already")
        case .name(let name), .session(let name):
            guard let existing = refusal.conflict, let there = existing.name else { break }
            if there != name {
                return (.invalidName, BoxClashes.sentence(name, existing: there))
            }
            if existing.isFolder { return (.conflict, "a folder of this name is there") }
        case .file: break
        }
        return (.conflict, "somebody else's file is there\(refusal.quoted)")
    }
}
