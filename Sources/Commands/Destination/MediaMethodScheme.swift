import Backends
import Credentials
import HTTPTransport
import UploadCore

extension DestinationScheme {
    /// Any media upload method of a Google API.
    static let mediaMethod = DestinationScheme(
        names: ["google+https", "google+http"], form: "google+https://HOST/upload/PATH", service: "any Google API's media upload method",
        options: [
            .service("method", .text("METHOD"), "POST, PUT or PATCH; POST by default"),
            .service("query", .text("QUERY"), "more for the query of every upload, as NAME=VALUE&…"),
            .service("metadata", .text("JSON"), "what goes with an upload; {name}, {path}, {size}, {meta.KEY} and others stand for the file's"),
            .service("upload_type", .text("auto|simple|resumable"), "one request for small files, for all, or for none; auto by default") {
                _ = try OptionValue.choice($0, ["auto": true, "simple": true, "resumable": true])
            },
            .service("whole_remainder", .flag, "send all that is missing in one request, not in parts of chunk_size"),
            .service("accept", .list("TYPE"), "a type of content that the method takes, such as image/*; may be repeated"),
            .service("max_size", .size("SIZE"), "the largest file that it takes") { _ = try OptionValue.size($0) },
            .service("scope", .text("URL"), "what the access token is asked for; \(MediaMethodScheme.scope) by default"),
            .service("answer_id", .text("PLACE"), "where the id stands in the answer, such as items[0].id; id by default"),
            .service("answer_size", .text("PLACE"), "where the size stands, which is then verified"),
            .service("answer_digest", .text("ALGORITHM:PLACE"), "where the digest stands, which is then verified, such as md5:picture.md5Hash"),
            .service("item_url", .text("URL"), "of one object, with {id} in it: makes renames and removals possible"),
            .service("search_url", .text("URL"), "of a search for the object of a {path}; goes with item_url"),
            .service("search_answer", .text("PLACE"), "where the object stands in the answer to the search; items[0] by default"),
            .service("rename", .text("JSON"), "what a rename changes; {\"name\": \"{path}\"} by default"),
        ],
        resolve: { request in
            let method = try MediaMethodDestination(MediaMethodScheme.url(request), endpoint: request.settings.endpoint)
            let options = try MediaMethodScheme.options(request)
            let chunkSize = try MediaMethodScheme.chunkSize(request)
            return ResolvedDestination(
                url: method.url, endpoint: method.endpoint, otherHosts: options.resource?.hosts ?? [], chunkSize: chunkSize
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

    static func chunkSize(_ request: DestinationRequest) throws(CommandFailure) -> Int64 {
        guard request.option("whole_remainder") != nil else { return 8 << 20 }
        guard request.settings.chunkSize == nil else { throw CommandFailure(.usage, "chunk_size and whole_remainder exclude each other") }
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
            if item != nil || search != nil { throw CommandFailure(.usage, "item_url and search_url go together") }
            for name in ["search_answer", "rename"] where request.option(name) != nil {
                throw CommandFailure(.usage, "the option \(name) means nothing without item_url and search_url")
            }
            return nil
        }
        return try MediaMethodResource(
            item: item, search: search, found: request.option("search_answer") ?? "items[0]",
            rename: request.option("rename") ?? #"{"name": "{path}"}"#)
    }
}
