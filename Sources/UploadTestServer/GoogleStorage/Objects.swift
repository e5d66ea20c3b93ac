import Foundation
import Hummingbird

/// Requests about objects that exist.
extension GoogleStorage {
    func get(_ exchange: Exchange, _ name: ObjectName) async throws -> Response {
        try await pass(.get, name, exchange) { fault in
            let record = try existing(name, exchange.target)
            try Preconditions(exchange.target).check(record)
            if let key = try SuppliedKey.ofRequest(exchange) { try record.checkKey(key) }
            return try ObjectResource.response(record, exchange, fault: fault)
        }
    }

    /// `…/o/NAME/acl`: who may do what with an object.
    func listAccess(_ exchange: Exchange, _ name: ObjectName) async throws -> Response {
        try await pass(.get, name, exchange) { _ in
            let entries = try existing(name, exchange.target).fields["acl"] ?? .array(PredefinedACL.usual)
            return .json(["kind": "storage#objectAccessControls", "items": entries])
        }
    }

    func delete(_ exchange: Exchange, _ name: ObjectName) async throws -> Response {
        try await pass(.delete, name, exchange) { _ in
            let preconditions = try Preconditions(exchange.target)
            let generation = try Preconditions.number(exchange.target, "generation")
            let removed = try objects.remove(name) { record in
                guard generation == nil || generation == record.generation else { throw GoogleError.noObject(name) }
                try preconditions.check(record)
            }
            guard removed else { throw GoogleError.noObject(name) }
            return Response(status: .noContent)
        }
    }

    /// - Parameter keepsOtherFields: PATCH changes the fields that it names, PUT also empties the others.
    func patch(_ exchange: Exchange, _ name: ObjectName, keepsOtherFields: Bool) async throws -> Response {
        let json = try await exchange.collectBody()
        return try await pass(.patch, name, exchange) { fault in
            let preconditions = try Preconditions(exchange.target)
            let changed = try objects.change(name) { record in
                try preconditions.check(record)
                let kept = keepsOtherFields ? record.fields : record.fields.filter { StorageTraits.names.contains($0.key) }
                record.fields = try ObjectMetadata.patched(kept, with: json)
            }
            guard let changed else { throw GoogleError.noObject(name) }
            return try ObjectResource.response(changed, exchange, fault: fault)
        }
    }

    /// Both forms of a copy are done at once, whatever the size: the bytes are shared.
    func copy(_ exchange: Exchange, _ source: ObjectName, to target: ObjectName, isRewrite: Bool) async throws -> Response {
        let json = try await exchange.collectBody()
        let target = try uploadName(bucket: target.bucket, key: target.key)
        return try await pass(.rewrite, target, exchange) { fault in
            let record = try existing(source, exchange.target, generation: "sourceGeneration")
            try Preconditions(exchange.target, prefix: "ifSource").check(record)
            try record.checkKey(try SuppliedKey.ofRequest(exchange, prefix: "x-goog-copy-source-encryption-"))
            let traits = try StorageTraits(exchange, isCopy: true)
            let preconditions = try Preconditions(exchange.target)
            try checkTarget(target, preconditions)
            let copy = try copy(record, to: target, fields: try ObjectMetadata(json: json).fields, traits, preconditions)
            let resource = ObjectResource.json(copy, baseURL: exchange.baseURL, customerKey: traits.customerKey, fault: fault)
            guard isRewrite else { return .json(resource) }
            let size = JSONValue.string(String(copy.size))
            return .json([
                "kind": "storage#rewriteResponse", "totalBytesRewritten": size, "objectSize": size, "done": .bool(true),
                "resource": resource,
            ])
        }
    }

    private func copy(
        _ record: ObjectRecord, to target: ObjectName, fields: [String: JSONValue], _ traits: StorageTraits, _ preconditions: Preconditions
    ) throws -> ObjectRecord {
        let shared = objects.layout.incoming()
        try Files.share(objects.layout.content(of: record.name), as: shared)
        let content = Content(path: shared, size: record.size, crc32c: record.crc32c)
        do {
            let fields = (fields.isEmpty ? record.fields : fields).filter { !StorageTraits.names.contains($0.key) }
            let copy = try objects.put(
                target, fields: fields.merging(traits.fields) { $1 }, content: content, md5: record.md5, admit: preconditions.check)
            // rename(2) does nothing when both names are the same file already, as when an object is rewritten in place.
            try Files.remove(shared)
            return copy
        } catch {
            try Files.remove(shared)
            throw error
        }
    }

    /// The object, if there is one and it is of the generation that was asked for, if one was.
    func existing(_ name: ObjectName, _ target: RequestTarget, generation parameter: String = "generation") throws -> ObjectRecord {
        guard objects.hasBucket(name.bucket) else { throw GoogleError.noBucket(name.bucket) }
        let generation = try Preconditions.number(target, parameter)
        guard let record = objects.record(of: name), generation == nil || generation == record.generation else {
            throw GoogleError.noObject(name)
        }
        return record
    }
}
