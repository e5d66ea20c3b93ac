import Hummingbird

/// Buckets, as far as a client needs one to upload to.
extension GoogleStorage {
    func insertBucket(_ exchange: Exchange) async throws -> Response {
        let json = try await exchange.collectBody()
        return try await pass(.bucket, nil, exchange) { _ in
            guard let bucket = try ObjectMetadata(json: json).key else { throw GoogleError.required("Required parameter: name") }
            guard BucketName.isValid(bucket) else { throw GoogleError.badRequest("Invalid bucket name: '\(bucket)'") }
            guard try objects.makeBucket(bucket) else {
                throw GoogleError(409, "conflict", "The bucket \(bucket) exists already.")
            }
            return .json(resource(bucket, exchange))
        }
    }

    func getBucket(_ exchange: Exchange, _ bucket: String) async throws -> Response {
        try await pass(.bucket, nil, exchange) { _ in
            guard objects.hasBucket(bucket) else { throw GoogleError.noBucket(bucket) }
            return .json(resource(bucket, exchange))
        }
    }

    private func resource(_ bucket: String, _ exchange: Exchange) -> JSONValue {
        [
            "kind": "storage#bucket", "id": .string(bucket), "name": .string(bucket), "projectNumber": "0", "metageneration": "1",
            "location": "US", "storageClass": "STANDARD", "etag": "CAE=",
            "selfLink": .string("\(exchange.baseURL)/storage/v1/b/\(bucket)"),
        ]
    }
}

/// The service's rule for the names of buckets, without its rules for names with dots.
enum BucketName {
    static func isValid(_ name: String) -> Bool {
        let plain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
            default: false
            }
        }
        let ends = [name.utf8.first, name.utf8.last].allSatisfy { $0.map { $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "-") } ?? false }
        return plain && ends && (3...222).contains(name.utf8.count)
    }
}
