import Credentials
import Crypto
import Foundation
import HTTPTransport
import NIOHTTP1
import UploadCore

/// OBS's own signature in a request's header (OBS API reference, "Authentication of Signature in a Header"). Pure.
///
///     Authorization: OBS AK:base64(HMAC-SHA1(SK, StringToSign))
///     StringToSign = METHOD \n Content-MD5 \n Content-Type \n Date \n HEADERS RESOURCE
enum OBSSignature {
    /// Query parameters that are part of the resource, in lower case, as far as anything here asks by them.
    private static let signedParameters: Set<String> = ["acl", "partnumber", "uploadid", "uploads", "versionid"]

    /// The request with its date, its token and its signature.
    static func sign(_ request: OBSRequest, at destination: OBSDestination, with key: AccessKey, date: String) -> HTTPRequest {
        var headers = request.headers
        headers.replaceOrAdd(name: "Date", value: date)
        if let token = key.sessionToken { headers.replaceOrAdd(name: "x-obs-security-token", value: token) }
        let text = stringToSign(request.method, headers, resource(of: request, at: destination))
        let code = HMAC<Insecure.SHA1>.authenticationCode(for: Data(text.utf8), using: SymmetricKey(data: Data(key.secret.utf8)))
        headers.replaceOrAdd(name: "Authorization", value: "OBS \(key.id):\(Data(code).base64EncodedString())")
        return HTTPRequest(request.method, request.url(at: destination), headers: headers, body: request.body, timeout: request.timeout)
    }

    static func stringToSign(_ method: HTTPMethod, _ headers: HTTPHeaders, _ resource: String) -> String {
        let own = Dictionary(grouping: headers.filter { $0.name.lowercased().hasBytes(prefix: "x-obs-") }) { $0.name.lowercased() }
        let lines = own.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { name, fields in
            "\(name):\(fields.map { $0.value.trimmingCharacters(in: .whitespaces) }.joined(separator: ","))\n"
        }
        // A date among the service's own headers is signed there, and not twice.
        let date = headers.contains(name: "x-obs-date") ? "" : headers.first(name: "Date") ?? ""
        let first = [
            method.rawValue, headers.first(name: "Content-MD5") ?? "", headers.first(name: "Content-Type") ?? "", date,
        ]
        return first.map { $0 + "\n" }.joined() + lines.joined() + resource
    }

    /// `/BUCKET/KEY?SUBRESOURCES`: the key as in the URL, values as they are. Without a key there is a slash at the end only where
    /// the host names the bucket.
    static func resource(of request: OBSRequest, at destination: OBSDestination) -> String {
        let path = request.key.map { "/\(OBSRequest.encode($0))" } ?? (destination.isPathStyle ? "" : "/")
        let signed = request.query.filter { signedParameters.contains($0.name.lowercased()) }
            .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        let query = signed.map { field in field.value.map { "\(field.name)=\($0)" } ?? field.name }.joined(separator: "&")
        return "/\(destination.bucket)\(path)" + (query.isEmpty ? "" : "?\(query)")
    }
}
