import Foundation
import Hummingbird

/// An object that is to be made in a bucket.
struct StorageIntent: UploadIntent {
    let name: ObjectName
    var metadata: ObjectMetadata
    let traits: StorageTraits
    let preconditions: Preconditions

    mutating func takeContentType(_ contentType: String?, of form: UploadForm) throws {
        if form == .multipart, let contentType, let declared = metadata.fields["contentType"]?.string, declared != contentType {
            throw GoogleError.badRequest("The metadata says content type \(declared), the content's own header \(contentType).")
        }
        metadata.setContentType(contentType)
    }
}

/// Uploads to `/upload/storage/v1/b/BUCKET/o`.
extension GoogleStorage {
    func intent(of exchange: Exchange, metadata json: Data) throws -> StorageIntent {
        guard exchange.method == .post else { throw GoogleError(405, "methodNotAllowed", "An upload begins with POST.") }
        let metadata = try ObjectMetadata(json: json)
        let name = try uploadName(bucket: exchange.target.segments[4], key: metadata.key ?? exchange.target["name"])
        return StorageIntent(
            name: name, metadata: metadata, traits: try StorageTraits(exchange), preconditions: try Preconditions(exchange.target))
    }

    func admit(_ intent: StorageIntent, length: Int64?) throws {
        try checkTarget(intent.name, intent.preconditions)
    }

    func admitPart(of intent: StorageIntent, _ exchange: Exchange) throws {
        guard try SuppliedKey.ofRequest(exchange) != intent.traits.customerKey else { return }
        throw GoogleError.badRequest("The encryption key of a part is the one that the upload began with.")
    }

    func store(_ intent: StorageIntent, _ content: Content, _ exchange: Exchange) throws -> ObjectRecord {
        var metadata = intent.metadata
        metadata.takeDigests(exchange.header("x-goog-hash"))
        let md5 = try metadata.verify(content)
        return try objects.put(
            intent.name, fields: metadata.fields.merging(intent.traits.fields) { $1 }, content: content, md5: md5, admit: intent.preconditions.check)
    }

    func resource(_ record: ObjectRecord, _ intent: StorageIntent, _ exchange: Exchange, _ fault: FaultAction) throws -> Response {
        try ObjectResource.response(record, exchange, fault: fault)
    }
}
