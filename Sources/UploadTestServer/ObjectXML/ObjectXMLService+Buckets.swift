import HTTPTypes
import Hummingbird

/// Buckets, and what is in them.
extension ObjectXMLService {
    func headBucket(_ exchange: Exchange, _ bucket: String) async throws -> Response {
        try await pass(.bucket, nil, exchange) { _ in
            guard objects.hasBucket(bucket) else { throw ObjectXMLError.noBucket }
            return Response(status: .ok).adding("\(dialect.prefix)bucket-location", "test")
        }
    }

    func makeBucket(_ exchange: Exchange, _ bucket: String) async throws -> Response {
        try await pass(.bucket, nil, exchange) { _ in
            guard BucketName.isValid(bucket) else { throw ObjectXMLError(400, "InvalidBucketName", "The bucket name is not valid.") }
            guard try objects.makeBucket(bucket) else {
                throw ObjectXMLError(409, "BucketAlreadyOwnedByYou", "The bucket exists already.")
            }
            return Response(status: .ok)
        }
    }

    /// The first form of a listing, which goes on after a key.
    func list(_ exchange: Exchange, _ bucket: String) async throws -> Response {
        try await pass(.list, nil, exchange) { _ in
            guard objects.hasBucket(bucket) else { throw ObjectXMLError.noBucket }
            let target = exchange.target
            let limit = exchange.limit("max-keys", upTo: dialect.pageMax)
            let (prefix, delimiter) = (target["prefix"] ?? "", target["delimiter"] ?? "")
            let page = ListingPage(
                keys: objects.keys(in: bucket), prefix: prefix, delimiter: delimiter, after: target["marker"], limit: limit)
            var elements = [
                XMLElement("Name", bucket), XMLElement("Prefix", prefix), XMLElement("Marker", target["marker"] ?? ""),
                XMLElement("MaxKeys", String(limit)), XMLElement("IsTruncated", String(page.continueAfter != nil)),
            ]
            if let next = page.continueAfter { elements.append(XMLElement("NextMarker", next)) }
            let records = page.keys.compactMap { objects.record(of: ObjectName(bucket: bucket, key: $0)) }
            elements += records.map(Self.entry)
            elements += page.prefixes.map { XMLElement("CommonPrefixes", [XMLElement("Prefix", $0)]) }
            return .xml(XMLElement("ListBucketResult", elements), namespace: dialect.namespace)
        }
    }

    private static func entry(_ record: ObjectRecord) -> XMLElement {
        XMLElement(
            "Contents",
            [
                XMLElement("Key", record.name.key), XMLElement("LastModified", record.updated), XMLElement("ETag", "\"\(record.xmlETag)\""),
                XMLElement("Size", String(record.size)), XMLElement("Owner", [XMLElement("ID", "test-owner")]),
                XMLElement("StorageClass", record.fields["storageClass"]?.string ?? "STANDARD"),
            ])
    }

    func listUploads(_ exchange: Exchange, _ bucket: String) async throws -> Response {
        try await pass(.list, nil, exchange) { _ in
            guard objects.hasBucket(bucket) else { throw ObjectXMLError.noBucket }
            let target = exchange.target
            let (keyMarker, idMarker) = (target["key-marker"] ?? "", target["upload-id-marker"] ?? "")
            let limit = exchange.limit("max-uploads", upTo: dialect.pageMax)
            let all = uploads.uploads(in: bucket).map(\.record).filter { $0.name.key.hasBytes(prefix: target["prefix"] ?? "") }
            let start =
                all.firstIndex { $0.id == idMarker }.map { $0 + 1 }
                ?? all.firstIndex { keyMarker.utf8.lexicographicallyPrecedes($0.name.key.utf8) } ?? all.endIndex
            let rest = all[start...]
            let page = rest.prefix(limit)
            var elements = [
                XMLElement("Bucket", bucket), XMLElement("KeyMarker", keyMarker), XMLElement("UploadIdMarker", idMarker),
                XMLElement("NextKeyMarker", page.last?.name.key ?? ""), XMLElement("NextUploadIdMarker", page.last?.id ?? ""),
                XMLElement("MaxUploads", String(limit)), XMLElement("IsTruncated", String(rest.count > limit)),
            ]
            elements += page.map { record in
                XMLElement(
                    "Upload",
                    [
                        XMLElement("Key", record.name.key), XMLElement("UploadId", record.id),
                        XMLElement("Initiator", [XMLElement("ID", "test-owner")]), XMLElement("Owner", [XMLElement("ID", "test-owner")]),
                        XMLElement("StorageClass", record.traits.fields["storageClass"]?.string ?? "STANDARD"),
                        XMLElement("Initiated", record.initiated),
                    ])
            }
            return .xml(XMLElement("ListMultipartUploadsResult", elements), namespace: dialect.namespace)
        }
    }
}
