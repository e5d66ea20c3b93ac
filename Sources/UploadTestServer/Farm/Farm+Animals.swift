import Foundation
import HTTPTypes
import Hummingbird

/// Animals, apart from their pictures.
extension Farm {
    private static let settable: Set<String> = ["name", "species", "weight", "born", "tags", "path"]

    func list(_ exchange: Exchange) async throws -> Response {
        try await pass(.list, nil, exchange) { _ in
            let animals = objects.keys(in: Self.animals).compactMap { objects.record(of: Self.object($0)) }
                .filter { exchange.target["name"] == nil || $0.fields["name"]?.string == exchange.target["name"] }
            return .json(["kind": "farm#animals", "items": .array(animals.map { Self.json($0, exchange) })])
        }
    }

    func get(_ exchange: Exchange, _ id: String) async throws -> Response {
        try await pass(.get, name(id), exchange) { fault in
            try resource(try existing(id), fields: exchange.target["fields"], exchange, fault)
        }
    }

    func download(_ exchange: Exchange, _ id: String) async throws -> Response {
        try await pass(.download, name(id), exchange) { fault in
            guard let (record, file) = try objects.open(Self.object(id)) else { throw Self.noAnimal(id) }
            return try MediaDownload(file: file, record: record, etag: String(record.generation)).response(exchange, fault)
        }
    }

    /// An animal without a picture.
    func create(_ exchange: Exchange) async throws -> Response {
        let fields = try Self.animal(try await exchange.collectBody())
        let name = ObjectName(bucket: "farm", key: fields["name"]?.string ?? "Untitled")
        return try await pass(.patch, name, exchange) { fault in
            let empty = try IncomingContent(path: objects.layout.incoming())
            let record = try add(fields, empty.content, md5: nil)
            empty.wasTaken()
            return try resource(record, fields: exchange.target["fields"], exchange, fault)
        }
    }

    func change(_ exchange: Exchange, _ id: String) async throws -> Response {
        let changes = try Self.animal(try await exchange.collectBody())
        return try await pass(.patch, name(id), exchange) { fault in
            let changed = try objects.change(Self.object(id)) {
                $0.fields = JSONValue.object($0.fields).merging(.object(changes)).object ?? [:]
            }
            guard let changed else { throw Self.noAnimal(id) }
            return try resource(changed, fields: exchange.target["fields"], exchange, fault)
        }
    }

    func delete(_ exchange: Exchange, _ id: String) async throws -> Response {
        try await pass(.delete, name(id), exchange) { _ in
            guard try objects.remove(Self.object(id), admit: { _ in }) else { throw Self.noAnimal(id) }
            return Response(status: .noContent)
        }
    }

    static func object(_ id: String) -> ObjectName { ObjectName(bucket: animals, key: id) }

    /// What a client may set of an animal.
    static func animal(_ json: Data) throws -> [String: JSONValue] {
        guard let document = JSONValue.fields(ofBody: json) else {
            throw GoogleError(400, "parseError", "Parse Error: the metadata is not a JSON object.")
        }
        if let unknown = document.keys.first(where: { !settable.contains($0) }) {
            throw GoogleError.badRequest("Invalid JSON payload received. Unknown name \"\(unknown)\": Cannot find field.")
        }
        return document
    }

    func resource(_ record: ObjectRecord, fields: String?, _ exchange: Exchange, _ fault: FaultAction) throws -> Response {
        let animal = Self.json(record, exchange, fault)
        return .json(try fields.map { try FieldMask($0).applied(to: animal) } ?? animal)
    }

    private static func json(_ record: ObjectRecord, _ exchange: Exchange, _ fault: FaultAction = FaultAction()) -> JSONValue {
        var animal = record.fields.filter { settable.contains($0.key) }
        animal["kind"] = "farm#animal"
        animal["id"] = .string(record.name.key)
        animal["etag"] = .string("\"\(record.generation)/\(record.metageneration)\"")
        animal["selfLink"] = .string("\(exchange.baseURL)/farm/v1/animals/\(record.name.key)")
        guard let md5 = record.md5 else { return .object(animal) }
        animal["picture"] = [
            "contentType": record.fields["contentType"] ?? .null, "size": .string(String(record.size)),
            "md5Hash": .string(fault.wrongCRC32C == true ? (md5.hasPrefix("A") ? "B" : "A") + md5.dropFirst() : md5),
        ]
        return .object(animal)
    }

    private func name(_ id: String) -> ObjectName? {
        objects.record(of: Self.object(id)).map { ObjectName(bucket: "farm", key: $0.fields["name"]?.string ?? "Untitled") }
    }

    private func existing(_ id: String) throws -> ObjectRecord {
        guard let record = objects.record(of: Self.object(id)) else { throw Self.noAnimal(id) }
        return record
    }

    private static func noAnimal(_ id: String) -> GoogleError { GoogleError(404, "notFound", "There is no animal \(id).") }
}
