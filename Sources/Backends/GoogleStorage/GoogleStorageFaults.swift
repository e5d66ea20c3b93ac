import Foundation
import HTTPTransport
import NIOCore
import NIOHTTP1
import UploadCore

/// What Cloud Storage's refusals mean to the engine.
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
/// | 404 on a bucket | noSuchBucket |
/// | 400 that names a digest | digestMismatch |
/// | 412 | conflict |
/// | 413 | tooLarge |
/// | 1xx, 2xx, 3xx where another status was due | invalidAnswer |
/// | other 4xx | rejected |
struct GoogleStorageFaults: Sendable {
    /// What the refused request was about.
    enum Subject: Sendable {
        /// Creates something in the bucket: what is not found is the bucket.
        case bucket
        case session
        case object
    }

    let bucket: String

    func classify(_ answer: HTTPAnswer, about subject: Subject) -> UploadError {
        let refusal = Refusal(answer)
        let status = Int(answer.status.code)
        let (code, sentence) = verdict(status, refusal, subject)
        let retryAfter = code.disposition == .transient ? RetryAfter.parse(answer.headers) : nil
        return UploadError(code, sentence, retryAfter: retryAfter)
    }

    private func verdict(_ status: Int, _ refusal: Refusal, _ subject: Subject) -> (UploadError.Code, String) {
        switch status {
        case 401:
            return (.unauthenticated, "the server refused the credentials\(refusal.quoted)")
        case 403:
            return forbidden(refusal)
        case 404, 410, 499:
            return notFound(status, refusal, subject)
        case 408:
            return (.timedOut, "the server gave up waiting for the request")
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

    private func forbidden(_ refusal: Refusal) -> (UploadError.Code, String) {
        switch refusal.reason {
        case "rateLimitExceeded", "userRateLimitExceeded":
            (.serverBusy, "the server limits the rate of requests")
        case "quotaExceeded", "storageQuotaExceeded", "storageQuota", "dailyLimitExceeded", "teamDriveFileLimitExceeded":
            (.quotaExceeded, "the quota of the destination is used up\(refusal.quoted)")
        default:
            (.forbidden, "no permission at the destination\(refusal.quoted)")
        }
    }

    private func notFound(_ status: Int, _ refusal: Refusal, _ subject: Subject) -> (UploadError.Code, String) {
        switch subject {
        case .session:
            (.sessionGone, "the upload session is gone (status \(status))")
        case .bucket where status == 404:
            (.noSuchBucket, "the bucket \(bucket) does not exist")
        case .object where status == 404 && refusal.namesBucket:
            (.noSuchBucket, "the bucket \(bucket) does not exist")
        default:
            (.rejected, "the server refused the request (status \(status))\(refusal.quoted)")
        }
    }
}

/// The error document of Google's JSON APIs, as far as it is one.
private struct Refusal {
    var reason: String?
    var message: String?

    private struct Document: Decodable {
        struct Failure: Decodable {
            struct Detail: Decodable { let reason: String? }
            let message: String?
            let errors: [Detail]?
        }
        let error: Failure
    }

    init(_ answer: HTTPAnswer) {
        let failure = try? JSONDecoder().decode(Document.self, from: Data(answer.body.readableBytesView)).error
        reason = failure?.errors?.lazy.compactMap(\.reason).first
        message = failure?.message
        if failure == nil, answer.headers.first(name: "Content-Type")?.lowercased().hasPrefix("text/plain") ?? false {
            message = String(decoding: answer.body.readableBytesView.prefix(Self.charactersMax * 4), as: UTF8.self)
        }
    }

    private static let charactersMax = 200

    /// The server's own words, for the end of a sentence; on one line and of bounded length.
    var quoted: String {
        // A server that repeats the session's URL must not make us print it.
        guard let message, !message.isEmpty, !message.contains("upload_id") else { return "" }
        let line = message.prefix(Self.charactersMax).map { $0.isNewline ? " " : $0 }
        let text = String(line).trimmingCharacters(in: .whitespaces)
        return ": \(text.hasSuffix(".") ? String(text.dropLast()) : text)"
    }

    var namesDigest: Bool {
        guard let message = message?.lowercased() else { return false }
        return message.contains("match") && ["crc32c", "md5", "digest", "checksum"].contains { message.contains($0) }
    }

    /// The service says "The specified bucket does not exist." or "No such object: BUCKET/KEY", with the same reason.
    var namesBucket: Bool {
        message?.lowercased().hasPrefix("the specified bucket") ?? false
    }
}
