import HTTPTypes
import Hummingbird

/// One service with objects at /BUCKET/KEY and answers in XML. Its objects are those of every other service on this server.
struct ObjectXMLService: Sendable {
    let dialect: any ObjectXMLDialect
    let objects: ObjectStore
    let uploads: MultipartStore
    let gate: FaultGate

    /// - Parameter service: a short name for its uploads, which no other service's has.
    init(_ dialect: any ObjectXMLDialect, service: String, layout: StorageLayout, objects: ObjectStore, gate: FaultGate) throws {
        self.dialect = dialect
        self.objects = objects
        self.uploads = try MultipartStore(layout: layout, service: service)
        self.gate = gate
        gate.counters.countOpenSessions { [uploads] in uploads.openCount }
    }

    /// Whether the path begins with the name of a bucket.
    func hasBucket(of exchange: Exchange) -> Bool {
        ObjectAddress(rawPath: exchange.target.rawPath, hostBucket: nil).bucket.map(objects.hasBucket) ?? false
    }

    /// - Parameter hostBucket: the bucket that the host's name begins with, where it does.
    func respond(to exchange: Exchange, hostBucket: String? = nil) async throws -> Response {
        let address = ObjectAddress(rawPath: exchange.target.rawPath, hostBucket: hostBucket)
        let id = String(RandomID.make().prefix(32)).uppercased()
        do {
            try dialect.checkCredentials(exchange, address)
            return finished(try await route(exchange, address), exchange, id)
        } catch let error as ObjectXMLError {
            return finished(error.response(resource: exchange.target.rawPath), exchange, id)
        } catch let error as GoogleError {
            let refusal = ObjectXMLError(error.status, "InvalidRequest", error.message)
            return finished(refusal.response(resource: exchange.target.rawPath), exchange, id)
        } catch is BodyTooLarge {
            return finished(ObjectXMLError.malformed.response(resource: exchange.target.rawPath), exchange, id)
        }
    }

    /// A response to HEAD has the headers of the one to GET and no body (RFC 9110 section 9.3.2).
    private func finished(_ response: Response, _ exchange: Exchange, _ id: String) -> Response {
        let response = exchange.method == .head ? response.createHeadResponse() : response
        return response.adding("\(dialect.prefix)request-id", id)
    }

    private func route(_ exchange: Exchange, _ address: ObjectAddress) async throws -> Response {
        guard let bucket = address.bucket else { throw ObjectXMLError.notBuilt("requests about the service itself") }
        guard let name = address.name else { return try await routeBucket(exchange, bucket) }
        let target = exchange.target
        if let id = target["uploadId"] { return try await routeUpload(exchange, name, id) }
        switch exchange.method {
        case .post where target["uploads"] != nil: return try await initiate(exchange, name)
        case .put where exchange.header("\(dialect.prefix)copy-source") != nil: return try await copy(exchange, name)
        case .get where target["acl"] != nil: return try await accessList(exchange, name)
        case .put where !target.hasSubresource: return try await put(exchange, name)
        case .get where !target.hasSubresource: return try await download(exchange, name)
        case .head: return try await head(exchange, name)
        case .delete where !target.hasSubresource: return try await delete(exchange, name)
        default: throw ObjectXMLError.notBuilt("\(exchange.method.rawValue) on an object in this form")
        }
    }

    private func routeUpload(_ exchange: Exchange, _ name: ObjectName, _ id: String) async throws -> Response {
        switch exchange.method {
        case .put where exchange.header("\(dialect.prefix)copy-source") != nil: return try await copyPart(exchange, name, id)
        case .put: return try await putPart(exchange, name, id)
        case .get: return try await listParts(exchange, name, id)
        case .post: return try await complete(exchange, name, id)
        case .delete: return try await abort(exchange, name, id)
        default: throw ObjectXMLError.notBuilt("\(exchange.method.rawValue) on a multipart upload")
        }
    }

    private func routeBucket(_ exchange: Exchange, _ bucket: String) async throws -> Response {
        switch exchange.method {
        case .head: return try await headBucket(exchange, bucket)
        case .put where !exchange.target.hasSubresource: return try await makeBucket(exchange, bucket)
        case .get where exchange.target["uploads"] != nil: return try await listUploads(exchange, bucket)
        case .get where !exchange.target.hasSubresource: return try await list(exchange, bucket)
        default: throw ObjectXMLError.notBuilt("\(exchange.method.rawValue) on a bucket in this form")
        }
    }

    /// The object that a request is about to make.
    func checkTarget(_ name: ObjectName) throws {
        guard objects.hasBucket(name.bucket) else { throw ObjectXMLError.noBucket }
        guard name.key.utf8.count <= 1024 else { throw ObjectXMLError(400, "KeyTooLongError", "Your key is too long.") }
    }

    func pass(
        _ kind: RequestKind, _ name: ObjectName?, _ exchange: Exchange, perform: (FaultAction) async throws -> Response
    ) async throws -> Response {
        let resource = exchange.target.rawPath
        return try await gate.pass(kind, name, exchange) { status, code in
            ObjectXMLError.scripted(status, code).response(resource: resource)
        } perform: { fault in
            if let code = fault.errorInside {
                return .xml(ObjectXMLError.scripted(200, code).element(resource: resource))
            }
            return try await perform(fault)
        }
    }
}

extension RequestTarget {
    /// Sub-resources that this server does not have; a request that names one must not be taken for one about the whole object.
    private static let subresources = [
        "acl", "append", "cors", "delete", "encryption", "lifecycle", "location", "logging", "metadata", "modify", "object-lock", "policy",
        "quota", "rename", "replication", "restore", "retention", "storageClass", "storageinfo", "tagging", "truncate", "uploads",
        "versioning", "versions", "website",
    ]

    fileprivate var hasSubresource: Bool { Self.subresources.contains { self[$0] != nil } }
}
