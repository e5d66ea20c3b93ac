import Foundation
import HTTPTypes
import Hummingbird

/// Uploads through a session URI.
extension MediaService {
    /// `uploadType=resumable`: opens a session.
    func beginUpload(_ exchange: Exchange) async throws -> Response {
        let json = try await exchange.collectBody()
        let contentType = exchange.header("content-type") ?? ""
        guard json.isEmpty || contentType.lowercased().hasPrefix("application/json") else {
            throw GoogleError.badRequest("The metadata of an upload has the content type application/json, not \(contentType).")
        }
        var intent = try intent(of: exchange, metadata: json)
        try intent.takeContentType(exchange.header("x-upload-content-type"), of: .resumable)
        return try await pass(.begin, intent.name, exchange) { _ in
            let length = try declaredLength(exchange)
            try admit(intent, length: length)
            let session = try sessions.begin(intent, total: length)
            let location = "\(exchange.baseURL)\(exchange.target.rawPath)?uploadType=resumable&upload_id=\(session.id)"
            return Response(status: .ok, headers: [.location: location]).adding("X-GUploader-UploadID", session.id)
        }
    }

    private func declaredLength(_ exchange: Exchange) throws -> Int64? {
        guard let text = exchange.header("x-upload-content-length") else { return nil }
        guard let length = Int64(text), (0...Exchange.lengthMax).contains(length) else {
            throw GoogleError.badRequest("X-Upload-Content-Length is no length: \(text)")
        }
        return length
    }

    /// Any request to a session URI.
    func continueUpload(_ exchange: Exchange, _ id: String) async throws -> Response {
        let session = sessions[id]
        if exchange.method == .delete { return try await cancel(exchange, session) }
        guard exchange.method == .put || exchange.method == .post else {
            throw GoogleError(405, "methodNotAllowed", "A session URI takes PUT, POST and DELETE.")
        }
        let range = try ReceivedRange(exchange.header("content-range"))
        return try await pass(kind(of: range, session), session?.intent.name, exchange) { fault in
            guard let session else { throw GoogleError(404, "notFound", "There is no upload session \(id).") }
            if let status = fault.loseSession { try session.discard(.lost(status)) }
            if fault.noRange == true { try session.change { $0.checksum = RunningCRC32C() } }
            return try await answer(exchange, session, range, fault)
        }
    }

    /// `bytes */T` ends an upload of which all has arrived, so then it is a part, an empty one.
    private func kind(of range: ReceivedRange, _ session: ServedSession<Intent>?) -> RequestKind {
        switch range {
        case .question: .probe
        case .total(let total): session?.record.checksum.length == total && session?.record.isOpen == true ? .part : .probe
        case .remainder, .bytes: .part
        }
    }

    private func cancel(_ exchange: Exchange, _ session: ServedSession<Intent>?) async throws -> Response {
        try await pass(.abort, session?.intent.name, exchange) { _ in
            guard let session else { throw GoogleError(404, "notFound", "There is no such upload session.") }
            if session.record.isOpen { try session.discard(.cancelled) }
            return UploadResponse.cancelled
        }
    }

    private func answer(
        _ exchange: Exchange, _ session: ServedSession<Intent>, _ range: ReceivedRange, _ fault: FaultAction
    ) async throws -> Response {
        let (turn, record) = try session.take()
        switch record.state {
        case .open: break
        case .completed(let object): return try resource(object, record.intent, exchange, fault)
        case .cancelled: return UploadResponse.cancelled
        case .lost(let status): return GoogleError(status, status == 410 ? "gone" : "notFound", "The upload session is gone.").response
        }
        if fault.noRange == true { return UploadResponse.incomplete(exchange, 0) }
        switch range {
        case .question:
            return UploadResponse.incomplete(exchange, record.checksum.length + (fault.rangeBeyond ?? 0))
        case .total(let total):
            var body = FaultedBody(exchange, fault)
            guard try await body.next() == nil else { throw GoogleError.badRequest("A request without a range of bytes has no body.") }
            try declare(total, session, record)
            if total == record.checksum.length { return try complete(exchange, session, fault) }
            return UploadResponse.incomplete(exchange, record.checksum.length + (fault.rangeBeyond ?? 0))
        case .remainder, .bytes:
            return try await receive(exchange, session, turn, record, range, fault)
        }
    }

    private func receive(
        _ exchange: Exchange, _ session: ServedSession<Intent>, _ turn: UploadTurn, _ record: SessionRecord<Intent>, _ range: ReceivedRange,
        _ fault: FaultAction
    ) async throws -> Response {
        try admitPart(of: session.intent, exchange)
        let part: PartRange
        do {
            part = try PartRange(range, persisted: record.checksum.length, declared: record.total, contentLength: exchange.contentLength)
        } catch let error as PartBeyondOffset {
            return .text(error.message, status: 503)
        }
        let receiver = PartReceiver(session: session, turn: turn, persisted: record.checksum.length, counters: gate.counters)
        let end = try await receiver.receive(part, exchange, fault)
        if let total = part.total { try declare(total, session, record) }
        let persisted = session.record.checksum.length
        if part.isFinal && persisted == part.total ?? end { return try complete(exchange, session, fault) }
        return UploadResponse.incomplete(exchange, persisted + (fault.rangeBeyond ?? 0))
    }

    /// Remembers how long the object is to be, as soon as a request tells it.
    private func declare(_ total: Int64, _ session: ServedSession<Intent>, _ record: SessionRecord<Intent>) throws {
        if let declared = record.total, declared != total {
            throw GoogleError.badRequest("The upload was declared to have \(declared) bytes, and now \(total).")
        }
        guard total >= record.checksum.length else {
            throw GoogleError.badRequest("The upload has \(record.checksum.length) bytes already, and is now declared to have \(total).")
        }
        if record.total == nil { try session.change { $0.total = total } }
    }

    /// A session whose end is refused is of no more use.
    private func complete(_ exchange: Exchange, _ session: ServedSession<Intent>, _ fault: FaultAction) throws -> Response {
        do {
            let object = try session.complete { try store($0, $1, exchange) }
            return try resource(object, session.intent, exchange, fault)
        } catch let refusal as GoogleError {
            try session.discard(.lost(410))
            throw refusal
        }
    }
}

/// The responses about an unfinished session.
private enum UploadResponse {
    /// 308 with the bytes that the session has; 308 without Range if it has none.
    static func incomplete(_ exchange: Exchange, _ persisted: Int64) -> Response {
        var response = Response(status: .permanentRedirect)
        if exchange.header("x-guploader-no-308")?.lowercased() == "yes" {
            response = Response(status: .ok).adding("X-HTTP-Status-Code-Override", "308")
        }
        if persisted > 0 { response.headers[.range] = "bytes=0-\(persisted - 1)" }
        return response
    }

    static var cancelled: Response {
        Response(status: .init(code: 499, reasonPhrase: "Client Closed Request"))
    }
}
