import UploadCore

/// What one request and one response may have at most. Each bound is far above what the services need, and below what the HTTP
/// client library survives.
public enum HTTPBounds {
    /// Bytes of a URL. Cloud Storage's session URLs have about 250, and a key of 1024 bytes has at most 3072 when it is escaped.
    public static let urlBytesMax = 16 << 10
    /// Bytes of a request's first line and headers. The services refuse more than 8 to 32 KiB; the library ends the process where a
    /// head does not fit into what a connection buffers (64 KiB).
    public static let requestHeadBytesMax = 32 << 10
    /// Statuses that HTTP knows (RFC 9110, section 15). The library ends the process on others below 100.
    static let statuses = 100...599
    /// Interim responses (1xx) before a final one.
    static let interimResponsesMax = 16
}
