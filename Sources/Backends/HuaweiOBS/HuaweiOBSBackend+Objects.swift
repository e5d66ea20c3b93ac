import HTTPTransport
import NIOHTTP1
import UploadCore

/// Objects that exist: looking at them, moving and removing them.
extension HuaweiOBSBackend {
    public func find(_ key: ObjectKey) async throws(UploadError) -> RemoteObject? {
        let response = try await transport.send(wire.find(key))
        switch response.status {
        case .ok: return try Self.described(response)
        case .notFound: return nil
        default: throw faults.classify(response)
        }
    }

    private static func described(_ response: HTTPResponse) throws(UploadError) -> RemoteObject {
        guard let etag = response.headers.first(name: "ETag").map(ETag.opaque), !etag.isEmpty,
            let size = response.headers.first(name: "Content-Length").flatMap({ Int64($0) }), size >= 0
        else { throw noObject }
        let token = response.headers.first(name: OBSWire.metadataPrefix + OBSWire.tokenName)
        return RemoteObject(
            id: nil, version: OBSVersion(etag: etag, token: token).text, etag: etag, size: size, digest: OBSChecksum.digest(in: response),
            reservation: token)
    }

    public func move(
        _ source: ObjectKey, version: String?, to target: ObjectKey, ledger: any SessionLedger
    ) async throws(UploadError) -> RemoteObject {
        guard let found = try await find(source), let etag = found.etag else {
            // An earlier try may have got as far as removing the source.
            guard let moved = try await find(target) else {
                throw UploadError(.rejected, "there is no object \(url(of: source)) to move")
            }
            return moved
        }
        guard version == nil || version == found.version else {
            throw UploadError(.conflict, "the object was changed by another program")
        }
        try await copy(source, etag: etag, of: found, to: target, ledger)
        guard let moved = try await find(target), moved.size == found.size else {
            throw UploadError(.invalidResponse, "the server copied an object, and the copy is not there")
        }
        try await remove(source, version: version)
        return moved
    }

    public func remove(_ key: ObjectKey, version: String?) async throws(UploadError) {
        if let version {
            guard let found = try await find(key), found.version == version else { return }
        }
        let response = try await transport.send(wire.remove(key))
        switch response.status {
        case .ok, .noContent, .notFound: return
        default: throw faults.classify(response)
        }
    }
}

extension Precondition {
    /// - Throws: `conflict` if what was found under the key is not what has to be there.
    func check(_ found: RemoteObject?) throws(UploadError) {
        let holds =
            switch self {
            case .none: true
            case .absent: found == nil
            case .version(let version): found?.version == version
            }
        guard !holds else { return }
        throw UploadError(.conflict, found == nil ? "the object was removed by another program" : "the object was changed by another program")
    }
}
