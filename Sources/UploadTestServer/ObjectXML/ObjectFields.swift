import Foundation
import HTTPTypes
import Hummingbird

/// The metadata of objects as headers: those of HTTP, and `PREFIX-meta-NAME` for the client's own.
enum ObjectFields {
    private static let standard: KeyValuePairs<String, String> = [
        "content-type": "contentType", "cache-control": "cacheControl", "content-disposition": "contentDisposition",
        "content-encoding": "contentEncoding", "content-language": "contentLanguage",
    ]

    /// By their names in Cloud Storage's JSON.
    static func read(_ exchange: Exchange, prefix: String) -> [String: JSONValue] {
        var fields: [String: JSONValue] = [:]
        for (header, field) in standard {
            if let value = exchange.header(header) { fields[field] = .string(value) }
        }
        fields["contentType"] = fields["contentType"] ?? "application/octet-stream"
        if let storageClass = exchange.header("\(prefix)storage-class") { fields["storageClass"] = .string(storageClass) }
        if let customTime = exchange.header("\(prefix)custom-time") { fields["customTime"] = .string(customTime) }
        var metadata: [String: JSONValue] = [:]
        for header in exchange.request.headers {
            let name = header.name.canonicalName
            guard name.hasPrefix("\(prefix)meta-") else { continue }
            metadata[String(name.dropFirst(prefix.count + 5))] = .string(header.value)
        }
        if !metadata.isEmpty { fields["metadata"] = .object(metadata) }
        return fields
    }
}

extension Response {
    /// With what every response about an object or its making says: entity tag, digests, encryption.
    func describing(_ record: ObjectRecord, _ dialect: any ObjectXMLDialect, _ fault: FaultAction) -> Response {
        let digests = VouchedDigests(crc32c: record.crc32c, crc64: record.xml?.crc64, md5: record.md5, fault: fault)
        var response = self
        response.headers[.eTag] = "\"\(record.xmlETag)\""
        for (name, value) in dialect.digestHeaders(digests) + (record.xml?.headers ?? [:]).map({ ($0, $1) }) {
            response = response.adding(name, value)
        }
        return response.adding("\(dialect.prefix)generation", String(record.generation))
    }

    /// With what a look at an object shows besides.
    func withMetadata(of record: ObjectRecord, _ dialect: any ObjectXMLDialect) -> Response {
        var response = self
        response.headers[.contentType] = record.fields["contentType"]?.string ?? "application/octet-stream"
        response.headers[.acceptRanges] = "bytes"
        response.headers[.lastModified] = HTTPTime.text(microseconds: record.generation)
        for (field, header) in [
            ("cacheControl", "cache-control"), ("contentDisposition", "content-disposition"), ("contentEncoding", "content-encoding"),
            ("contentLanguage", "content-language"), ("storageClass", "\(dialect.prefix)storage-class"),
        ] {
            if let value = record.fields[field]?.string { response = response.adding(header, value) }
        }
        for (name, value) in record.fields["metadata"]?.object ?? [:] {
            response = response.adding("\(dialect.prefix)meta-\(name)", value.string ?? "")
        }
        return response
    }
}
