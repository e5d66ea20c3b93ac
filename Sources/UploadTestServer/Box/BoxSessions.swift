import Foundation
import Hummingbird

/// Uploads through a session.
extension Box {
    func beginFile(_ exchange: Exchange) async throws -> Response {
        let fields = try await exchange.boxFields()
        guard let name = fields["file_name"]?.string else { throw BoxError(400, "missing_file_name", "The file has no name.") }
        guard let folder = fields["folder_id"]?.string else { throw BoxError(400, "missing_destination", "The file has no folder.") }
        return try await begin(.newFile(name: name, folder: folder), fields, exchange)
    }

    func beginVersion(_ exchange: Exchange, _ id: String) async throws -> Response {
        let fields = try await exchange.boxFields()
        return try await begin(.version(ofFile: id, name: fields["file_name"]?.string), fields, exchange)
    }

    private func begin(
        _ place: BoxSessionRecord.Target, _ fields: [String: JSONValue], _ exchange: Exchange
    ) async throws -> Response {
        let target = BoxUploadTarget(place: place, attributes: [:], tree)
        return try await pass(.begin, target.name, exchange) { _ in
            guard case .number(let number)? = fields["file_size"], let size = Int64(exactly: number), (0...Exchange.lengthMax).contains(size) else {
                throw BoxError(400, fields["file_size"] == nil ? "missing_file_size" : "invalid_file_size", "The file has no size.")
            }
            let settings = control.current
            guard size >= settings.sessionSizeMin else {
                throw BoxError(400, "file_size_too_small", "Sessions are for files of \(settings.sessionSizeMin) bytes and more.")
            }
            try target.admit(tree)
            let record = BoxSessionRecord(target: place, size: size, settings: settings)
            try sessions.add(record)
            return .json(record.json(baseURL: exchange.baseURL), status: 201)
        }
    }

    func uploadPart(_ exchange: Exchange, _ id: String) async throws -> Response {
        try await pass(.part, id, exchange) { session, name, fault in
            let range = try BoxPartRange(exchange.header("content-range"), in: session.record)
            let claimed = try BoxDigest.claimed(exchange)
            let part: BoxPart
            do {
                part = try await receive(range, claimed, exchange, fault, session, name)
            } catch is BoxPartReceiver.Superseded {
                // The client is back on another connection, so no one waits for the response on this one.
                try await exchange.close()
            }
            try session.add(part)
            return .json(["part": part.json(spoilsDigest: fault.wrongCRC32C == true)])
        }
    }

    private func receive(
        _ range: BoxPartRange, _ claimed: [UInt8], _ exchange: Exchange, _ fault: FaultAction, _ session: BoxSession, _ name: ObjectName
    ) async throws -> BoxPart {
        var body = FaultedBody(exchange, fault)
        let isKnown = session.record.parts[range.offset] != nil
        let receiver = isKnown ? nil : try session.begin(partAt: range.offset)
        var length: Int64 = 0
        while let piece = try await body.next() {
            gate.counters.bytesArrived(piece.readableBytes, resent: isKnown ? piece.readableBytes : 0, name)
            length += Int64(piece.readableBytes)
            guard length <= range.length else { break }
            try receiver?.append(piece)
        }
        guard let receiver else { throw BoxPart.alreadyThere }
        guard length == range.length else {
            throw BoxError(400, "invalid_content_length", "The range has \(range.length) bytes, the body another number.")
        }
        let sha1 = receiver.received.sha1
        try BoxDigest.check(claimed, sha1)
        return BoxPart(offset: range.offset, size: length, sha1: sha1)
    }

    func sessionStatus(_ exchange: Exchange, _ id: String) async throws -> Response {
        try await pass(.probe, id, exchange) { session, _, _ in .json(session.record.json(baseURL: exchange.baseURL)) }
    }

    func listParts(_ exchange: Exchange, _ id: String) async throws -> Response {
        try await pass(.probe, id, exchange) { session, _, fault in
            let parts = session.record.sortedParts
            let limit = min(1000, try number(exchange, "limit") ?? 1000)
            let offset = try number(exchange, "offset") ?? 0
            guard offset <= 10_000 else { throw BoxError.badRequest("No list of parts begins beyond the 10,000th.") }
            let entries = parts.dropFirst(offset).prefix(limit).map { $0.json(spoilsDigest: fault.wrongCRC32C == true) }
            return .json([
                "entries": .array(entries), "total_count": .number(Double(parts.count)), "limit": .number(Double(limit)),
                "offset": .number(Double(offset)), "order": [["by": "type", "direction": "ASC"]],
            ])
        }
    }

    func commit(_ exchange: Exchange, _ id: String) async throws -> Response {
        let fields = try await exchange.boxFields(upTo: 16 << 20)
        return try await pass(.commit, id, exchange) { session, _, fault in
            let claimed = try BoxDigest.claimed(exchange)
            try check(fields["parts"], against: session.record)
            let target = BoxUploadTarget(place: session.record.target, attributes: fields["attributes"]?.object ?? [:], tree)
            let file = try await session.committing { content, sha1 in
                try BoxDigest.check(claimed, sha1)
                return try target.store(content, sha1: BoxDigest.hexadecimal(sha1), ifMatch: exchange.ifMatch, in: tree)
            }
            guard let file else { return BoxError.scripted(202, nil).adding("Retry-After", "1") }
            try sessions.remove(session)
            return files(file, exchange, fault, status: 201)
        }
    }

    private func check(_ listed: JSONValue?, against record: BoxSessionRecord) throws {
        guard let listed = listed?.array else { throw BoxError(400, "missing_parts", "The request lists no parts.") }
        let parts = record.sortedParts
        let isWhole = parts.count == record.partCount && listed.count == parts.count
        guard isWhole, zip(parts, listed).allSatisfy({ $0.matches($1) }) else {
            throw BoxError(400, "parts_mismatch", "The parts of the request are not those of the session.")
        }
    }

    func abort(_ exchange: Exchange, _ id: String) async throws -> Response {
        try await pass(.abort, id, exchange) { session, _, fault in
            if fault.keepSession != true { try sessions.remove(session) }
            return Response(status: .noContent)
        }
    }

    /// Runs a request to a session, unless a fault answers in its place or loses the session.
    private func pass(
        _ kind: RequestKind, _ id: String, _ exchange: Exchange,
        perform: (BoxSession, ObjectName, FaultAction) async throws -> Response
    ) async throws -> Response {
        let session = sessions[id]
        let name = session.map { BoxUploadTarget(place: $0.record.target, attributes: [:], tree).name }
        return try await pass(kind, name, exchange) { fault in
            guard let session, let name else { throw BoxError.notFound("upload session") }
            if let status = fault.loseSession { try session.lose(status) }
            if fault.noRange == true { try session.forgetParts() }
            let record = session.record
            guard record.isOpen else { throw BoxError(record.lostStatus ?? 404, "session_not_found", "The upload session is gone.") }
            return try await perform(session, name, fault)
        }
    }
}
