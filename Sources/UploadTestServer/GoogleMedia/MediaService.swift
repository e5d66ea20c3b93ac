import Foundation
import Hummingbird

/// A service that takes Google's media uploads, and what is its own in them. The forms of an upload (`uploadType=media`, `multipart`
/// and `resumable`) are the same for all such services.
protocol MediaService: Sendable {
    associatedtype Intent: UploadIntent

    var gate: FaultGate { get }
    var objects: ObjectStore { get }
    var sessions: SessionStore<Intent> { get }

    /// What the request that begins an upload asks for. Looks at the request alone, since faults strike before anything else is checked.
    /// - Parameter metadata: the JSON that came with it; empty if none did.
    func intent(of exchange: Exchange, metadata: Data) throws -> Intent

    /// Refuses an upload that can be seen to fail before its first byte.
    /// - Parameter length: of the content, where it is declared.
    func admit(_ intent: Intent, length: Int64?) throws

    /// Refuses a part of an upload through a session for what is not the same in all of its requests.
    func admitPart(of intent: Intent, _ exchange: Exchange) throws

    /// Makes the object, after all checks that need the content.
    /// - Parameter exchange: the request that ended the upload.
    func store(_ intent: Intent, _ content: Content, _ exchange: Exchange) throws -> ObjectRecord

    /// The resource that a finished upload is answered with.
    func resource(_ record: ObjectRecord, _ intent: Intent, _ exchange: Exchange, _ fault: FaultAction) throws -> Response
}

/// What an upload is to make; kept with the upload's session.
protocol UploadIntent: Sendable, Codable {
    /// By which counters and faults know the object.
    var name: ObjectName { get }

    /// Takes the type that the request gives for the content: in the content's own header, or in X-Upload-Content-Type.
    mutating func takeContentType(_ contentType: String?, of form: UploadForm) throws
}

/// The values of `uploadType`.
enum UploadForm: String {
    case media, multipart, resumable
}

extension MediaService {
    func admitPart(of intent: Intent, _ exchange: Exchange) throws {}

    /// Any request below the service's upload path.
    func upload(_ exchange: Exchange) async throws -> Response {
        if let id = exchange.target["upload_id"] { return try await continueUpload(exchange, id) }
        switch UploadForm(rawValue: exchange.target["uploadType"] ?? "") {
        case .media: return try await uploadMedia(exchange)
        case .multipart: return try await uploadMultipart(exchange)
        case .resumable: return try await beginUpload(exchange)
        case nil: throw GoogleError.badRequest("There is no upload type \(exchange.target["uploadType"] ?? "").")
        }
    }

    /// Runs a request of this service in Google's form of refusals.
    func answering(_ route: () async throws -> Response) async throws -> Response {
        do {
            return try await route()
        } catch let error as GoogleError {
            return error.response
        } catch let error as BrokenMultipart {
            return GoogleError.badRequest(error.message).response
        } catch is BodyTooLarge {
            return GoogleError(413, "uploadTooLarge", "The metadata is too large.").response
        }
    }

    func pass(
        _ kind: RequestKind, _ name: ObjectName?, _ exchange: Exchange, perform: (FaultAction) async throws -> Response
    ) async throws -> Response {
        try await gate.pass(kind, name, exchange, refusal: GoogleError.scripted, perform: perform)
    }
}
