import HTTPTypes
import Hummingbird

/// A refusal in Box's JSON form.
struct BoxError: Error {
    let status: Int
    let code: String
    let message: String
    var context: JSONValue?

    init(_ status: Int, _ code: String, _ message: String, context: JSONValue? = nil) {
        self.status = status
        self.code = code
        self.message = message
        self.context = context
    }

    static func badRequest(_ message: String) -> BoxError { BoxError(400, "bad_request", message) }
    static func notFound(_ what: String) -> BoxError { BoxError(404, "not_found", "Not Found: \(what)") }
    static func notBuilt(_ what: String) -> BoxError { BoxError(501, "not_implemented", "This test server does not do \(what).") }
    static let preconditionFailed = BoxError(
        412, "precondition_failed", "The resource has been modified. Please retrieve the resource again and retry")
    static let unauthorized = BoxError(401, "unauthorized", "Unauthorized")

    /// Folders that are in the way come as a list, files as a single object.
    static func nameInUse(_ existing: BoxItem, path: [BoxItem]) -> BoxError {
        let item = existing.json(path: path)
        let conflicts: JSONValue = existing.isFolder ? .array([item]) : item
        return BoxError(409, "item_name_in_use", "Item with the same name already exists", context: ["conflicts": conflicts])
    }

    var response: Response {
        // The service says all that it has to say of a token in a header.
        if status == 401 {
            let challenge = "Bearer realm=\"Service\", error=\"invalid_token\", error_description=\"The access token provided is invalid.\""
            return Response(status: .unauthorized, headers: [.wwwAuthenticate: challenge])
        }
        var error: [String: JSONValue] = [
            "type": "error", "status": .number(Double(status)), "code": .string(code), "message": .string(message),
            "help_url": "http://developers.box.com/docs/#errors", "request_id": .string(String(RandomID.make().prefix(16))),
        ]
        if let context { error["context_info"] = context }
        return .json(.object(error), status: status)
    }

    /// The response for a status that a fault asks for. 202 is what a commit gets while parts are still being processed; it has no body.
    static func scripted(_ status: Int, _ reason: String?) -> Response {
        if status == 202 { return Response(status: .accepted) }
        return BoxError(status, reason ?? usualCode(status), "A scripted fault.").response
    }

    private static func usualCode(_ status: Int) -> String {
        switch status {
        case 403: "access_denied_insufficient_permissions"
        case 404: "not_found"
        case 409: "item_name_in_use"
        case 412: "precondition_failed"
        case 429: "rate_limit_exceeded"
        case 503: "unavailable"
        case 500...: "internal_server_error"
        default: "bad_request"
        }
    }
}
