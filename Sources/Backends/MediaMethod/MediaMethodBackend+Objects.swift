import Foundation
import HTTPTransport
import NIOHTTP1
import UploadCore

/// Objects that exist, where the API was described that far.
extension MediaMethodBackend {
    public func find(_ key: ObjectKey) async throws(UploadError) -> RemoteObject? {
        guard let resource = wire.options.resource else { return nil }
        let response = try await bearer.send(wire.search(key, resource))
        if response.status == .notFound { return nil }
        guard response.status == .ok else { throw faults.classify(response, about: .object) }
        guard let document = try? JSONDocument(parsing: Data(response.body.readableBytesView)) else {
            throw UploadError(.invalidResponse, "malformed response: the search returned no JSON")
        }
        return try resource.found.value(in: document).map { found throws(UploadError) in try wire.object(in: found, declared: nil) }
    }

    public func move(
        _ source: ObjectKey, version: String?, to target: ObjectKey, ledger: any SessionLedger
    ) async throws(UploadError) -> RemoteObject {
        guard let resource = wire.options.resource else {
            throw UploadError(.rejected, "renaming objects requires the options item_url and search_url")
        }
        guard let object = try await find(source) else {
            // An earlier try may have done it.
            guard let moved = try await find(target) else { throw UploadError(.rejected, "there is no object \(source.text) to move") }
            return moved
        }
        guard let id = object.id, version == nil || object.version == version else {
            throw UploadError(.conflict, "the object was changed by another program")
        }
        let response = try await bearer.send(wire.rename(id, to: target, resource))
        guard response.status == .ok else { throw faults.classify(response, about: .object) }
        return try wire.object(in: response, declared: object.size)
    }

    /// Without the options that describe objects, the object stays.
    public func remove(_ key: ObjectKey, version: String?) async throws(UploadError) {
        guard let resource = wire.options.resource else { return }
        guard let id = if let version { version } else { try await find(key)?.id } else { return }
        let response = try await bearer.send(wire.remove(id, resource))
        switch response.status.code {
        case 200, 204, 404, 410: return
        default: throw faults.classify(response, about: .object)
        }
    }
}

extension MediaMethodBackend: DestinationProbing {
    /// A session is opened and dropped: that needs the permission, and makes nothing.
    public func probeAccess() async throws(UploadError) -> String {
        let type = wire.options.accepted.first.map { $0.hasSuffix("/*") ? "\($0.dropLast())png" : $0 } ?? ContentType.unknown
        let object = ObjectDescription(key: try key(for: SpoolPath("uploadfs-check")), size: 0, contentType: type)
        try await abort(try await begin(object))
        return "an upload was begun and dropped"
    }

    public func probeWriting() async throws(UploadError) -> String {
        "not tried: a test object could not be reliably removed"
    }

    public var limitsSummary: String {
        let size =
            capabilities.objectMax == MediaMethodOptions.sizeUnlimited
            ? "objects of any size" : "objects up to \(ByteSize.format(capabilities.objectMax))"
        let types = wire.options.accepted.isEmpty ? "any type" : wire.options.accepted.joined(separator: ", ")
        return "\(size), of \(types)"
    }
}
