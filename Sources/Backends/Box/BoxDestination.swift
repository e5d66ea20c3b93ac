import struct Foundation.URLComponents
import UploadCore

/// A folder of Box, a path below it, and the hosts of the service.
public struct BoxDestination: Sendable, Equatable {
    /// `0` is the root of the account.
    public let folderID: String
    /// Folders below that one, which are made when they are not there; without slashes at its ends, may be empty.
    public let path: String
    public let endpoints: BoxEndpoints

    public init(folderID: String, path: String = "", endpoints: BoxEndpoints = .box) {
        self.folderID = folderID
        self.path = path
        self.endpoints = endpoints
    }

    /// - Parameters:
    ///   - text: `box://FOLDER_ID[/PATH]`.
    ///   - endpoint: the option `endpoint=`.
    public init(_ text: String, endpoint: String? = nil) throws(DestinationError) {
        guard text.lowercased().hasBytes(prefix: "box://") else {
            throw DestinationError("\(text) is not a Box destination; write box://FOLDER_ID or box://FOLDER_ID/PATH")
        }
        let parts = text.dropping(bytes: 6).pieces(at: "/", maxSplits: 1)
        guard let folderID = parts.first, !folderID.isEmpty, folderID.allSatisfy({ $0.isASCII && $0.isNumber }) else {
            throw DestinationError(
                "\(text) names no folder: a folder's id is the number at the end of its address in the web application; 0 is the root")
        }
        let path = parts.count > 1 ? parts[1].trimmed("/") : ""
        for name in path.pieces(at: "/") where !path.isEmpty {
            if let reason = BoxName.objection(to: ServiceName(name)) { throw DestinationError("the path in \(text) cannot be used: \(reason)") }
        }
        self.init(folderID: folderID, path: path, endpoints: try endpoint.map(BoxEndpoints.init(option:)) ?? .box)
    }

    /// The names of `path`.
    var names: [ServiceName] { path.isEmpty ? [] : ObjectKey(path).names }

    /// As `findmnt` shows it: the same for every way to write it.
    public var url: String { path.isEmpty ? "box://\(folderID)" : "box://\(folderID)/\(path)" }
}

/// Where the parts of the service are. Base URLs, without a slash at their ends.
public struct BoxEndpoints: Sendable, Equatable {
    public let api: String
    public let upload: String
    /// Where access tokens are had.
    public let token: String

    public static let box = BoxEndpoints(
        api: "https://api.box.com/2.0", upload: "https://upload.box.com/api/2.0", token: "https://api.box.com/oauth2/token")

    public init(api: String, upload: String, token: String) {
        self.api = api
        self.upload = upload
        self.token = token
    }

    /// One host that does what Box's three do.
    public init(option text: String) throws(DestinationError) {
        let base = try ServiceURL.base(text)
        self.init(api: "\(base)/2.0", upload: "\(base)/api/2.0", token: "\(base)/oauth2/token")
    }

    /// The hosts of the service besides that of `upload`; where it is Box itself, any of its own: a session may live on any of them.
    public var otherHosts: [String] { self == .box ? [".box.com"] : [URLComponents(string: api)?.host].compactMap { $0 } }

}
