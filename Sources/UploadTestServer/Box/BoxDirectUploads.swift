import Crypto
import Foundation
import Hummingbird

/// Uploads in one request, and the question whether one would be accepted.
extension Box {
    /// - Parameter id: the file that is to get a new version; nil for a new file.
    func preflight(_ exchange: Exchange, file id: String?) async throws -> Response {
        let fields = try await exchange.boxFields()
        let target = try BoxUploadTarget(fields, file: id, tree)
        return try await pass(.preflight, target.name, exchange) { _ in
            if case .newFile(let name, let folder) = target.place {
                try tree.refuseAsPreflight(name, in: tree.folder(folder).id)
            } else {
                try target.admit(tree)
            }
            let path = id.map { "\($0)/content" } ?? "content"
            return .json(["upload_url": .string("\(exchange.baseURL)/box/api/2.0/files/\(path)"), "upload_token": .null])
        }
    }

    func uploadFile(_ exchange: Exchange) async throws -> Response {
        try await uploadDirectly(exchange, file: nil)
    }

    func uploadVersion(_ exchange: Exchange, _ id: String) async throws -> Response {
        try await uploadDirectly(exchange, file: id)
    }

    /// multipart/form-data: the JSON `attributes`, then the content.
    private func uploadDirectly(_ exchange: Exchange, file id: String?) async throws -> Response {
        guard let boundary = MultipartReader.boundary(of: exchange.header("content-type"), type: "multipart/form-data") else {
            throw BoxError.badRequest("An upload has the content type multipart/form-data with a boundary.")
        }
        var reader = MultipartReader(body: FaultedBody(exchange), boundary: boundary)
        guard try await reader.nextHeader().formName == "attributes" else {
            throw BoxError(400, "metadata_after_file_contents", "Metadata part should come before the file contents.")
        }
        let json = try await reader.nextPart()
        guard let attributes = (try? JSONDecoder().decode(JSONValue.self, from: json))?.object else {
            throw BoxError.badRequest("The attributes are no JSON object.")
        }
        let target = try BoxUploadTarget(attributes, file: id, tree)
        return try await pass(.multipart, target.name, exchange) { fault in
            try target.admit(tree)
            reader.body.fault = fault
            _ = try await reader.nextHeader()
            let incoming = try IncomingContent(path: tree.objects.layout.incoming())
            let sha1 = try await receive(&reader, into: incoming, target.name)
            let claimed = exchange.header("content-md5")?.lowercased() ?? sha1
            guard claimed == sha1 else { throw BoxError(400, "digest_mismatch", "The content's SHA-1 is \(sha1), not \(claimed).") }
            let file = try target.store(incoming.content, sha1: sha1, ifMatch: exchange.ifMatch, in: tree)
            incoming.wasTaken()
            return files(file, exchange, fault, status: id == nil ? 201 : 200)
        }
    }

    /// - Returns: the SHA-1 in hexadecimal.
    private func receive(_ reader: inout MultipartReader, into incoming: IncomingContent, _ name: ObjectName) async throws -> String {
        var sha1 = Insecure.SHA1()
        while let piece = try await reader.nextContent() {
            gate.counters.bytesArrived(piece.readableBytes, name)
            try incoming.append(piece)
            piece.withUnsafeReadableBytes { sha1.update(bufferPointer: $0) }
        }
        return BoxDigest.hexadecimal(Array(sha1.finalize()))
    }

    /// A finished upload is answered with a list of one file.
    func files(_ file: BoxItem, _ exchange: Exchange, _ fault: FaultAction, status: Int) -> Response {
        let entry = BoxItem.selecting(exchange.target["fields"], of: tree.json(file, fault))
        return .json(["total_count": .number(1), "entries": [entry]], status: status)
    }
}

/// What an upload is to make: a file in a folder, or a new version of a file.
struct BoxUploadTarget {
    let place: BoxSessionRecord.Target
    let attributes: [String: JSONValue]
    /// By which counters and faults know it.
    let name: ObjectName

    /// - Parameter id: the file that is to get a new version; nil for a new file.
    init(_ attributes: [String: JSONValue], file id: String?, _ tree: BoxTree) throws {
        let name = attributes["name"]?.string
        if let id {
            self.init(place: .version(ofFile: id, name: name), attributes: attributes, tree)
        } else if let name, let folder = attributes["parent"]?.object?["id"]?.string {
            self.init(place: .newFile(name: name, folder: folder), attributes: attributes, tree)
        } else {
            throw BoxError.badRequest("A file has a name and a parent.")
        }
    }

    init(place: BoxSessionRecord.Target, attributes: [String: JSONValue], _ tree: BoxTree) {
        self.place = place
        self.attributes = attributes
        switch place {
        case .newFile(let file, let folder): name = tree.name(of: file, in: folder)
        case .version(let id, _): name = tree[id].map(tree.name(of:)) ?? ObjectName(bucket: "box", key: id)
        }
    }

    /// Refuses an upload that can be seen to fail before its first byte.
    func admit(_ tree: BoxTree) throws {
        switch place {
        case .newFile(let name, let folder): try tree.refuseName(name, in: tree.folder(folder).id)
        case .version(let id, let name):
            _ = try tree.file(id)
            if let name { try BoxItemName.check(name) }
        }
    }

    /// Makes the file. - Parameter sha1: in hexadecimal.
    func store(_ content: Content, sha1: String, ifMatch: String?, in tree: BoxTree) throws -> BoxItem {
        var fields = try BoxContentTimes(attributes).fields
        fields["sha1"] = .string(sha1)
        switch place {
        case .newFile(let name, let folder):
            return try tree.makeFile(named: name, in: tree.folder(folder).id, content: content, fields: fields)
        case .version(let id, let name):
            return try tree.addVersion(to: id, named: name, content: content, fields: fields, ifMatch: ifMatch)
        }
    }
}
