import Foundation
import Hummingbird

/// The objects of a bucket.
extension GoogleStorage {
    func list(_ exchange: Exchange, bucket: String) async throws -> Response {
        try await pass(.list, nil, exchange) { fault in
            guard objects.hasBucket(bucket) else { throw GoogleError.noBucket(bucket) }
            let target = exchange.target
            for parameter in ["matchGlob", "softDeleted", "startOffset", "endOffset"] where target[parameter] != nil {
                throw GoogleError.notBuilt("\(parameter) of a listing")
            }
            let page = ListingPage(
                keys: objects.keys(in: bucket), prefix: target["prefix"] ?? "", delimiter: target["delimiter"] ?? "",
                after: target["pageToken"].flatMap(Self.decodeToken), limit: exchange.limit("maxResults", upTo: 1000, from: 1)
            )
            let records = page.keys.compactMap { objects.record(of: ObjectName(bucket: bucket, key: $0)) }
            var document: [String: JSONValue] = ["kind": "storage#objects"]
            if !records.isEmpty {
                document["items"] = .array(records.map { ObjectResource.json($0, baseURL: exchange.baseURL, fault: fault) })
            }
            if !page.prefixes.isEmpty { document["prefixes"] = .array(page.prefixes.map { .string($0) }) }
            if let last = page.continueAfter { document["nextPageToken"] = .string(Data(last.utf8).base64EncodedString()) }
            return .json(.object(document))
        }
    }

    private static func decodeToken(_ token: String) -> String? {
        Data(base64Encoded: token).map { String(decoding: $0, as: UTF8.self) }
    }
}

/// One page of the sorted keys of a bucket, with those behind a delimiter taken together.
struct ListingPage: Equatable {
    private(set) var keys: [String] = []
    private(set) var prefixes: [String] = []
    /// The key or prefix that this page ends with, if there are more.
    private(set) var continueAfter: String?

    /// - Parameters:
    ///   - keys: all keys of the bucket, in the order of their bytes.
    ///   - delimiter: empty for none.
    ///   - after: the `continueAfter` of the page before.
    ///   - limit: of keys and prefixes together.
    init(keys all: [String], prefix: String, delimiter: String, after: String?, limit: Int) {
        var last: String?
        for key in all where key.utf8.starts(with: prefix.utf8) {
            let entry = Self.entry(key, prefix, delimiter)
            if let after, entry.hasSameBytes(as: after) || entry.utf8.lexicographicallyPrecedes(after.utf8) { continue }
            if let last, entry.hasSameBytes(as: last) { continue }
            if keys.count + prefixes.count == max(1, limit) {
                continueAfter = last
                return
            }
            if entry.hasSameBytes(as: key) { keys.append(key) } else { prefixes.append(entry) }
            last = entry
        }
    }

    /// The key itself, or what it begins with up to the first delimiter behind the prefix.
    private static func entry(_ key: String, _ prefix: String, _ delimiter: String) -> String {
        guard !delimiter.isEmpty else { return key }
        let rest = Array(key.utf8.dropFirst(prefix.utf8.count))
        guard let found = rest.firstRange(of: Array(delimiter.utf8)) else { return key }
        return prefix + String(decoding: rest[..<found.upperBound], as: UTF8.self)
    }
}
