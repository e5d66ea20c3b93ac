import struct Foundation.URLComponents
import HTTPTransport
import NIOHTTP1
import UploadCore

/// What the refusals of services that answer in XML mean to the engine. The codes are those of OBS's API reference, "Error Codes",
/// and of Cloud Storage's XML API, most of which S3 has, too.
///
/// | answer | error |
/// | --- | --- |
/// | 408, RequestTimeout | timedOut |
/// | 429, 503, 409 OperationAborted | serverBusy |
/// | other 5xx, InternalError inside of 200 | serverFault |
/// | 400 InvalidPart, InvalidPartOrder | serverFault: the parts are listed again |
/// | 401, 403 InvalidAccessKeyId, SignatureDoesNotMatch, RequestTimeTooSkewed | unauthenticated |
/// | 403 InsufficientStorageSpace, InArrearOrInsufficientBalance, 507 | quotaExceeded |
/// | 403 otherwise | forbidden |
/// | 404 NoSuchUpload | sessionGone |
/// | 404 NoSuchBucket | noSuchBucket |
/// | 400 BadDigest, InvalidDigest, CrcMismatch | digestMismatch |
/// | 412 | conflict |
/// | 413, EntityTooLarge | tooLarge |
/// | 301, 302, 307 | rejected, with the place |
/// | 1xx, 2xx, 3xx where another status was due | invalidAnswer |
/// | other 4xx | rejected |
struct ObjectXMLFaults: Sendable {
    let bucket: String

    /// A spoilt part does not spoil the upload: it is sent again.
    static func resendable(_ error: UploadError) -> UploadError {
        guard error.code == .digestMismatch else { return error }
        return UploadError(.serverFault, "the server received other bytes of a part than were sent; the part is sent again")
    }

    func classify(_ answer: HTTPAnswer) -> UploadError {
        let (code, sentence) = verdict(answer, ObjectXMLRefusal(answer))
        let retryAfter = code.disposition == .transient ? RetryAfter.parse(answer.headers) : nil
        return UploadError(code, sentence, retryAfter: retryAfter)
    }

    private func verdict(_ answer: HTTPAnswer, _ refusal: ObjectXMLRefusal) -> (UploadError.Code, String) {
        let status = Int(answer.status.code)
        switch refusal.code {
        case "NoSuchUpload": return (.sessionGone, "the upload is gone")
        case "NoSuchBucket": return (.noSuchBucket, "the bucket \(bucket) does not exist")
        case "BadDigest", "InvalidDigest", "CrcMismatch": return (.digestMismatch, "the server received other bytes than were sent\(refusal.quoted)")
        case "InvalidPart", "InvalidPartOrder": return (.serverFault, "the server misses a part of the upload")
        case "EntityTooLarge": return (.tooLarge, "the object is too large for the service\(refusal.quoted)")
        case "InsufficientStorageSpace", "InArrearOrInsufficientBalance":
            return (.quotaExceeded, "the destination has no room left, or its account no balance\(refusal.quoted)")
        // Their messages may repeat what was signed.
        case "SignatureDoesNotMatch": return (.unauthenticated, "the server refused the signature; is the secret key right?")
        case "InvalidAccessKeyId": return (.unauthenticated, "the server does not know the access key, or its token expired")
        case "RequestTimeTooSkewed": return (.unauthenticated, "the server refused the request's date; is this machine's clock right?")
        case "RequestTimeout": return (.timedOut, "the server gave up waiting for the request")
        case "InternalError": return (.serverFault, "the server failed (status \(status))")
        case "SlowDown", "ServiceUnavailable", "OperationAborted", "TooManyRequests":
            return (.serverBusy, "the server is busy (status \(status))")
        default: return verdict(ofStatus: status, answer, refusal)
        }
    }

    private func verdict(ofStatus status: Int, _ answer: HTTPAnswer, _ refusal: ObjectXMLRefusal) -> (UploadError.Code, String) {
        switch status {
        case 301, 302, 307:
            let place = refusal.endpoint ?? answer.headers.first(name: "Location").flatMap { URLComponents(string: $0)?.host } ?? "another host"
            return (.rejected, "the bucket \(bucket) is served by \(place); name it with the option endpoint=URL")
        case 401: return (.unauthenticated, "the server refused the credentials\(refusal.quoted)")
        case 403: return (.forbidden, "no permission at the destination\(refusal.quoted)")
        case 408: return (.timedOut, "the server gave up waiting for the request")
        case 412: return (.conflict, "the object was changed by somebody else")
        case 413: return (.tooLarge, "the object is too large for the service\(refusal.quoted)")
        case 409, 429, 503: return (.serverBusy, "the server is busy (status \(status))")
        case 507: return (.quotaExceeded, "the service has no room left\(refusal.quoted)")
        case 500...: return (.serverFault, "the server failed (status \(status))")
        case 400...: return (.rejected, "the server refused the request (status \(status))\(refusal.quoted)")
        default: return (.invalidAnswer, "the server gave an answer that is not due here (status \(status))")
        }
    }
}
