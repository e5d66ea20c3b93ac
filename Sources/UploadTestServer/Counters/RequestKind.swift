/// What a request asks for, whatever protocol it speaks. Counters and faults go by these names.
public enum RequestKind: String, Sendable, Hashable, Codable, CaseIterable {
    /// Content alone in one request.
    case media
    /// Metadata and content in one request.
    case multipart
    /// Opens an upload session.
    case begin
    /// Bytes for an upload session.
    case part
    /// Asks how much an upload session has.
    case probe
    /// Makes the object of a session's parts.
    case commit
    /// Drops an upload session.
    case abort
    /// Metadata of an object.
    case get
    /// Content of an object.
    case download
    case list
    case delete
    /// A copy made by the server.
    case rewrite
    /// Changes metadata.
    case patch
    case bucket
    /// Makes a folder.
    case folder
    /// Ids for objects that are to be made.
    case reserve
    /// Asks whether an upload would be accepted.
    case preflight
    case token

    /// Whether bytes of an object cross the wire, so that a fault may strike after so many of them. Others it strikes at once.
    var hasContent: Bool { [.media, .multipart, .part, .download].contains(self) }
}
