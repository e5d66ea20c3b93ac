import Backends
import Credentials
import HTTPTransport
import UploadCore

extension DestinationScheme {
    /// Any media upload method of a Google API.
    static let mediaMethod = DestinationScheme(
        names: ["google+https", "google+http"], form: "google+https://HOST/upload/PATH", service: "any Google API's media upload method",
        options: [
            .service("method", .text("METHOD"), "POST, PUT or PATCH; default POST"),
            .service("query", .text("QUERY"), "added to the query of every upload, as NAME=VALUE&…"),
            .service("metadata", .text("JSON"), "metadata of an upload; {name}, {path}, {size}, {meta.KEY} and others stand for the file's"),
            .service("upload_type", .text("auto|simple|resumable"), "files sent in one request: small ones (auto, the default), all, or none") {
                _ = try OptionValue.choice($0, ["auto": true, "simple": true, "resumable": true])
            },
            .service("whole_remainder", .flag, "send all remaining bytes in one request, not in parts of chunk_size"),
            .service("accept", .list("TYPE"), "content type that the method accepts, such as image/*; may be repeated"),
            .service("max_size", .size("SIZE"), "largest file that the method accepts") { _ = try OptionValue.size($0) },
            .service("scope", .text("URL"), "scope of the access token; default \(MediaMethodScheme.scope)"),
            .service("answer_id", .text("PLACE"), "where the id is in the response, such as items[0].id; default id"),
            .service("answer_size", .text("PLACE"), "where the size is in the response; it is then verified"),
            .service("answer_digest", .text("ALGORITHM:PLACE"), "where the digest is in the response, such as md5:picture.md5Hash; then verified"),
            .service("item_url", .text("URL"), "URL of one object, containing {id}; enables renames and removals"),
            .service("search_url", .text("URL"), "URL that searches for the object of a {path}; requires item_url"),
            .service("search_answer", .text("PLACE"), "where the object is in the response to the search; default items[0]"),
            .service("rename", .text("JSON"), "what a rename sends; default {\"name\": \"{path}\"}"),
        ],
        partSizes: .googleResumable,
        resolve: { request in
            let method = try MediaMethodDestination(MediaMethodScheme.url(request), endpoint: request.settings.endpoint)
            let options = try MediaMethodScheme.options(request)
            let partSize = try MediaMethodScheme.partSize(request)
            return ResolvedDestination(
                url: method.url, endpoint: method.endpoint, otherHosts: options.resource?.hosts ?? [], partSizeChosen: partSize
            ) { transport in
                let tokens = try GoogleCredentials.discover(
                    file: request.settings.credentials, environment: request.environment,
                    scopes: (request.option("scope") ?? MediaMethodScheme.scope).split(separator: " ").map(String.init),
                    endpoint: method.endpoint, transport: transport)
                return MediaMethodBackend(destination: method, options: options, transport: transport, tokens: tokens)
            }
        })
}

/// Reads the options of a media upload method.
private enum MediaMethodScheme {
    static let scope = "https://www.googleapis.com/auth/cloud-platform"
    /// More than any file has, and still a multiple of what a part has to be.
    private static let wholeRemainder: Int64 = 1 << 50

    static func url(_ request: DestinationRequest) -> String {
        guard let query = request.option("query"), !query.isEmpty else { return request.url }
        return request.url + (request.url.contains(byte: "?") ? "&" : "?") + query
    }

    static func partSize(_ request: DestinationRequest) throws(CommandFailure) -> Int64? {
        guard request.option("whole_remainder") != nil else { return nil }
        guard request.settings.chunkSize == nil else { throw CommandFailure(.usage, "chunk_size and whole_remainder cannot be used together") }
        return wholeRemainder
    }

    static func options(_ request: DestinationRequest) throws -> MediaMethodOptions {
        try MediaMethodOptions(
            method: request.option("method") ?? "POST", metadata: request.option("metadata"),
            form: request.option("upload_type").flatMap(MediaMethodOptions.Form.init) ?? .auto,
            sizeMax: request.option("max_size").flatMap(ByteSize.parse),
            accepted: request.option("accept")?.split(separator: ",").map(String.init) ?? [],
            idPath: request.option("answer_id") ?? "id", sizePath: request.option("answer_size"), digest: request.option("answer_digest"),
            resource: try resource(request))
    }

    private static func resource(_ request: DestinationRequest) throws -> MediaMethodResource? {
        let (item, search) = (request.option("item_url"), request.option("search_url"))
        guard let item, let search else {
            if item != nil || search != nil { throw CommandFailure(.usage, "item_url and search_url must be used together") }
            for name in ["search_answer", "rename"] where request.option(name) != nil {
                throw CommandFailure(.usage, "the option \(name) requires item_url and search_url")
            }
            return nil
        }
        return try MediaMethodResource(
            item: item, search: search, found: request.option("search_answer") ?? "items[0]",
            rename: request.option("rename") ?? #"{"name": "{path}"}"#)
    }
}
