import Hummingbird

/// A refusal in the XML form that OBS, S3 and Cloud Storage share.
struct ObjectXMLError: Error {
    let status: Int
    let code: String
    let message: String

    init(_ status: Int, _ code: String, _ message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    static func invalidArgument(_ message: String) -> ObjectXMLError { ObjectXMLError(400, "InvalidArgument", message) }
    static func badDigest(_ message: String) -> ObjectXMLError { ObjectXMLError(400, "BadDigest", message) }
    static func notBuilt(_ what: String) -> ObjectXMLError {
        ObjectXMLError(501, "NotImplemented", "This test server does not do \(what).")
    }
    static let noBucket = ObjectXMLError(404, "NoSuchBucket", "The specified bucket does not exist.")
    static let noKey = ObjectXMLError(404, "NoSuchKey", "The specified key does not exist.")
    static let noUpload = ObjectXMLError(
        404, "NoSuchUpload", "The specified upload does not exist. It may have been aborted or completed.")
    static let malformed = ObjectXMLError(400, "MalformedXML", "The XML you provided was not well-formed.")

    func response(resource: String) -> Response {
        .xml(element(resource: resource), status: status)
    }

    func element(resource: String) -> XMLOutput {
        XMLOutput("Error", [XMLOutput("Code", code), XMLOutput("Message", message), XMLOutput("Resource", resource)])
    }

    /// The response for a status that a fault asks for.
    static func scripted(_ status: Int, _ code: String?) -> ObjectXMLError {
        ObjectXMLError(status, code ?? usualCode(status), "A scripted fault.")
    }

    private static func usualCode(_ status: Int) -> String {
        switch status {
        case 401: "AuthorizationError"
        case 403: "AccessDenied"
        case 404: "NoSuchKey"
        case 408: "RequestTimeout"
        case 409: "OperationAborted"
        case 412: "PreconditionFailed"
        case 413: "EntityTooLarge"
        case 429: "TooManyRequests"
        case 503: "ServiceUnavailable"
        case 500...: "InternalError"
        default: "InvalidRequest"
        }
    }
}
