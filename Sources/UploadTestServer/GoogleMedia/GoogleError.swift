import Foundation
import HTTPTypes
import Hummingbird

/// A refusal in Google's JSON form.
struct GoogleError: Error {
    let status: Int
    let reason: String
    let message: String

    init(_ status: Int, _ reason: String, _ message: String) {
        self.status = status
        self.reason = reason
        self.message = message
    }

    static func badRequest(_ message: String) -> GoogleError { GoogleError(400, "invalid", message) }
    static func required(_ message: String) -> GoogleError { GoogleError(400, "required", message) }
    static func noBucket(_ bucket: String) -> GoogleError { GoogleError(404, "notFound", "The specified bucket \(bucket) does not exist.") }
    static func noObject(_ name: ObjectName) -> GoogleError { GoogleError(404, "notFound", "No such object: \(name)") }
    static func notBuilt(_ what: String) -> GoogleError { GoogleError(501, "notImplemented", "This test server does not do \(what).") }
    static let conditionNotMet = GoogleError(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")
    static let unauthorized = GoogleError(401, "authError", "Invalid Credentials")

    var response: Response {
        let entry: JSONValue = ["message": .string(message), "domain": "global", "reason": .string(reason)]
        let error: JSONValue = ["code": .number(Double(status)), "message": .string(message), "errors": [entry]]
        var response = Response.json(["error": error], status: status)
        if status == 401 { response.headers[.wwwAuthenticate] = "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"" }
        return response
    }

    /// The response for a status that a fault asks for.
    static func scripted(_ status: Int, _ reason: String?) -> Response {
        GoogleError(status, reason ?? usualReason(status), "A scripted fault.").response
    }

    private static func usualReason(_ status: Int) -> String {
        switch status {
        case 401: "authError"
        case 403: "forbidden"
        case 404: "notFound"
        case 412: "conditionNotMet"
        case 429: "rateLimitExceeded"
        case 500...: "backendError"
        default: "invalid"
        }
    }
}
