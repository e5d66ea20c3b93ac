import HTTPTransport
import NIOHTTP1
import UploadCore

/// What Box's refusals mean to the engine. A code that `BoxErrorCodes` knows decides; else the status does.
///
/// | response | error |
/// | --- | --- |
/// | a digest that differs, 409 and 416, about a part | serverFault: the parts are listed, and sent where they are missing |
/// | a known code | as `BoxErrorCodes` has it |
/// | 404, 410 on a session | sessionGone |
/// | 404 on the folder of the destination | noSuchBucket |
/// | 404 on a file that was to be replaced | conflict |
/// | 409 `item_name_in_use` by an item of another name, see `BoxClashes` | invalidName |
/// | 409 otherwise | conflict |
/// | otherwise | as `StatusMeaning` has it |
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

    func classify(_ response: HTTPResponse, about subject: Subject) -> UploadError {
        let (code, sentence) = verdict(Int(response.status.code), BoxRefusal(response), subject)
        let retryAfter = code.disposition == .transient ? RetryAfter.parse(response.headers) : nil
        return UploadError(code, sentence, retryAfter: retryAfter)
    }

    private func verdict(_ status: Int, _ refusal: BoxRefusal, _ subject: Subject) -> (UploadError.Code, String) {
        if status < 400 { return (.invalidResponse, "unexpected response (status \(status))") }
        if status == 416, subject == .part {
            return (.serverFault, "Box already has a part at this offset, or expects another one; listing its parts")
        }
        if let code = refusal.code.flatMap(BoxErrorCodes.meaning) {
            return verdict(StatusMeaning.code(code, with: status), status, refusal, subject)
        }
        switch status {
        case 404, 410: return notFound(status, refusal, subject)
        case 409: return conflict(refusal, subject)
        default: return verdict(StatusMeaning.code(of: status), status, refusal, subject)
        }
    }

    private func verdict(
        _ code: UploadError.Code, _ status: Int, _ refusal: BoxRefusal, _ subject: Subject
    ) -> (UploadError.Code, String) {
        switch code {
        case .digestMismatch where subject == .part:
            (.serverFault, "a part was corrupted in transit; it is sent again")
        case .digestMismatch: (code, "the data was corrupted in transit\(refusal.quoted)")
        case .serverBusy: (code, busy(status, refusal))
        case .unauthenticated: (code, "Box refused the access token")
        case .forbidden: (code, "no permission at the destination\(refusal.quoted)")
        case .quotaExceeded: (code, "the account's storage quota is exceeded\(refusal.quoted)")
        case .tooLarge: (code, "the file is too large for the account\(refusal.quoted)")
        case .timedOut: (code, "the server gave up waiting for the request")
        case .sessionGone: (code, "the upload session is gone\(refusal.quoted)")
        case .invalidName: (code, "Box cannot hold this name\(refusal.quoted)")
        case .conflict: (code, "the file was changed by another program")
        case .serverFault: (code, "the server failed (status \(status))")
        default:
            status == 501 || status == 505
                ? (code, "Box does not support this request (status \(status)); check the option endpoint\(refusal.quoted)")
                : (code, "the server refused the request (status \(status))\(refusal.quoted)")
        }
    }

    private func busy(_ status: Int, _ refusal: BoxRefusal) -> String {
        switch refusal.code {
        case "operation_blocked_temporary": "the server is busy with another change of the folder"
        case "name_temporarily_reserved": "Box is still processing another request for this name"
        case Self.partsMismatch: "the server has not processed all parts yet"
        default: "the server is busy (status \(status))"
        }
    }

    private func notFound(_ status: Int, _ refusal: BoxRefusal, _ subject: Subject) -> (UploadError.Code, String) {
        switch subject {
        case .session, .part: (.sessionGone, "the upload session is gone (status \(status))")
        case .file: (.conflict, "the file was removed by another program")
        case .name: (.noSuchBucket, "the folder does not exist, or is not shared with this account")
        }
    }

    private func conflict(_ refusal: BoxRefusal, _ subject: Subject) -> (UploadError.Code, String) {
        switch subject {
        case .part: return (.serverFault, "Box already has a part at this offset; listing its parts")
        case .name(let name), .session(let name):
            guard let existing = refusal.conflict, let there = existing.name else { break }
            if there != name {
                return (.invalidName, BoxClashes.sentence(name, existing: there))
            }
            if existing.isFolder { return (.conflict, "a folder with this name exists") }
        case .file: break
        }
        return (.conflict, "another file with this name exists\(refusal.quoted)")
    }
}
