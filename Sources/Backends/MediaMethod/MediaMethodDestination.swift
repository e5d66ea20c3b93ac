import struct Foundation.URLComponents
import HTTPTransport

/// The upload URL of a method of any Google API, such as the farm's `animals().insert`.
public struct MediaMethodDestination: Sendable, Equatable {
    /// Where uploads begin, with the parts of the query that are the same for all; without `uploadType`.
    public let uploadURL: String

    /// - Parameters:
    ///   - text: `google+https://HOST/upload/PATH[?QUERY]`, or `google+http://…` for a local server.
    ///   - endpoint: the option `endpoint=URL`, which takes the place of scheme and host.
    public init(_ text: String, endpoint: String?) throws(DestinationError) {
        let lowercased = text.lowercased()
        guard lowercased.hasPrefix("google+https://") || lowercased.hasPrefix("google+http://") else {
            throw DestinationError("\(text) is not a media upload URL; use google+https://HOST/upload/… from the API's discovery document")
        }
        let url = String(text.dropFirst("google+".count))
        guard let parts = URLComponents(string: url), let host = parts.host, !host.isEmpty, parts.fragment == nil, parts.user == nil,
            parts.path.count > 1, RequestURL(url) != nil
        else { throw DestinationError("\(text) is not a media upload URL; use google+https://HOST/upload/… with the path of the method") }
        if parts.queryItems?.contains(where: { ["uploadType", "upload_id"].contains($0.name) }) == true {
            throw DestinationError("\(text) must not contain uploadType or upload_id, which uploadfs sets for each file")
        }
        if parts.queryItems?.contains(where: { ["key", "access_token", "oauth_token"].contains($0.name) }) == true {
            throw DestinationError("the destination has a key in its query, where other users could read it; use credentials=FILE")
        }
        uploadURL = try endpoint.map { base throws(DestinationError) in try Self.moved(parts, to: base) } ?? url
    }

    /// The destination as it is shown.
    public var url: String { "google+\(uploadURL)" }

    /// Scheme and host.
    public var endpoint: String {
        let path = uploadURL.drop { $0 != ":" }.dropFirst(3)
        return String(uploadURL.prefix { $0 != ":" }) + "://" + path.prefix { $0 != "/" && $0 != "?" }
    }

    /// The URL with more in its query.
    func adding(_ query: String) -> String {
        uploadURL.contains("?") ? "\(uploadURL)&\(query)" : "\(uploadURL)?\(query)"
    }

    private static func moved(_ parts: URLComponents, to base: String) throws(DestinationError) -> String {
        try ServiceURL.base(base) + parts.percentEncodedPath + (parts.percentEncodedQuery.map { "?\($0)" } ?? "")
    }
}
