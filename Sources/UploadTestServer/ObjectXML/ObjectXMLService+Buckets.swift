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
                XMLOutput("Name", bucket), XMLOutput("Prefix", prefix), XMLOutput("Marker", target["marker"] ?? ""),
                XMLOutput("MaxKeys", String(limit)), XMLOutput("IsTruncated", String(page.continueAfter != nil)),
            ]
            if let next = page.continueAfter { elements.append(XMLOutput("NextMarker", next)) }
            let records = page.keys.compactMap { objects.record(of: ObjectName(bucket: bucket, key: $0)) }
            elements += records.map(Self.entry)
            elements += page.prefixes.map { XMLOutput("CommonPrefixes", [XMLOutput("Prefix", $0)]) }
            return .xml(XMLOutput("ListBucketResult", elements), namespace: dialect.namespace)
        }
    }

    private static func entry(_ record: ObjectRecord) -> XMLOutput {
        XMLOutput(
            "Contents",
            [
                XMLOutput("Key", record.name.key), XMLOutput("LastModified", record.updated), XMLOutput("ETag", "\"\(record.xmlETag)\""),
                XMLOutput("Size", String(record.size)), XMLOutput("Owner", [XMLOutput("ID", "test-owner")]),
                XMLOutput("StorageClass", record.fields["storageClass"]?.string ?? "STANDARD"),
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
                XMLOutput("Bucket", bucket), XMLOutput("KeyMarker", keyMarker), XMLOutput("UploadIdMarker", idMarker),
                XMLOutput("NextKeyMarker", page.last?.name.key ?? ""), XMLOutput("NextUploadIdMarker", page.last?.id ?? ""),
                XMLOutput("MaxUploads", String(limit)), XMLOutput("IsTruncated", String(rest.count > limit)),
            ]
            elements += page.map { record in
                XMLOutput(
                    "Upload",
                    [
                        XMLOutput("Key", record.name.key), XMLOutput("UploadId", record.id),
                        XMLOutput("Initiator", [XMLOutput("ID", "test-owner")]), XMLOutput("Owner", [XMLOutput("ID", "test-owner")]),
                        XMLOutput("StorageClass", record.traits.fields["storageClass"]?.string ?? "STANDARD"),
                        XMLOutput("Initiated", record.initiated),
                    ])
            }
            return .xml(XMLOutput("ListMultipartUploadsResult", elements), namespace: dialect.namespace)
        }
    }
}
