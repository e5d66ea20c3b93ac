import HTTPTransport
import NIOHTTP1
import UploadCore

/// Objects that exist: looking at them, moving and removing them.
extension GoogleStorageBackend {
    public func find(_ key: ObjectKey) async throws(UploadError) -> RemoteObject? {
        var response = try await bearer.send(wire.find(key))
        // An object from before the customer's key was set, or of another key: without a key it is described all but its digest.
        if response.status == .badRequest, wire.options.encryptionKey != nil {
            response = try await bearer.send(wire.find(key, withKey: false))
        }
        if response.status == .ok { return try ObjectJSON.object(in: response) }
        let error = faults.classify(response, about: .object)
        if response.status == .notFound, error.code != .noSuchBucket { return nil }
        throw error
    }

    public func move(
        _ source: ObjectKey, version: String?, to target: ObjectKey, ledger: any SessionLedger
    ) async throws(UploadError) -> RemoteObject {
        let moved: RemoteObject
        do throws(UploadError) {
            moved = try await copy(source, version: version, to: target)
        } catch {
            // An earlier try may have got as far as removing the source.
            guard error.code == .rejected, try await find(source) == nil, let found = try await find(target) else { throw error }
            return found
        }
        try await remove(source, version: version)
        return moved
    }

    public func remove(_ key: ObjectKey, version: String?) async throws(UploadError) {
        let response = try await bearer.send(wire.remove(key, version: version))
        switch response.status.code {
        case 200, 204, 404, 412: return
        default: throw faults.classify(response, about: .object)
        }
    }

    /// No copy takes more steps than this: at the service's pace they would go beyond its largest object.
    private static var rewriteStepsMax: Int { 100_000 }

    /// A step may copy nothing while the service is busy. So many in a row do not end any more; tokens say nothing, as they may stay
    /// the same.
    private static var rewriteStalledStepsMax: Int { 100 }

    private func copy(_ source: ObjectKey, version: String?, to target: ObjectKey) async throws(UploadError) -> RemoteObject {
        let description = try await descriptionOfCopy(of: source)
        var token: String?
        var (copied, stalledSteps) = (Int64(-1), 0)
        for _ in 0..<Self.rewriteStepsMax {
            let step = { [wire] sourceHasKey in
                wire.rewrite(source, version: version, to: target, token: token, description: description, sourceHasKey: sourceHasKey)
            }
            var response = try await bearer.send(step(true))
            // The same: the copy is encrypted, the source is not.
            if response.status == .badRequest, wire.options.encryptionKey != nil {
                response = try await bearer.send(step(false))
            }
            guard response.status == .ok else { throw faults.classify(response, about: .object) }
            switch try ObjectJSON.rewriteStep(in: response) {
            case .done(let object): return object
            case .more(let next, let bytes):
                token = next
                stalledSteps = bytes ?? 0 > copied ? 0 : stalledSteps + 1
                copied = max(copied, bytes ?? 0)
                guard stalledSteps < Self.rewriteStalledStepsMax else {
                    throw UploadError(.invalidResponse, "malformed response: the copy of an object does not advance")
                }
            }
        }
        throw UploadError(.invalidResponse, "malformed response: the copy of an object does not end")
    }

    /// Who sets storage classes does not want a copy in the bucket's usual one, which it may get unless the class is named; and what is
    /// named takes the place of all that the source has.
    private func descriptionOfCopy(of source: ObjectKey) async throws(UploadError) -> String {
        guard wire.options.storageClass != nil else { return "" }
        let response = try await bearer.send(wire.find(source, withKey: false))
        guard response.status == .ok else { throw faults.classify(response, about: .object) }
        return ObjectJSON.metadata(in: response)
    }
}

extension GoogleStorageBackend: DestinationProbing {}
