/// How far an upload has come.
public struct UploadProgress: Sendable, Equatable {
    /// Bytes that this process has handed to the network, those that had to be sent again among them.
    public var bytesSent: Int64
    /// Bytes that the server said it has.
    public var bytesConfirmed: Int64
    /// Length of the object, in bytes; nil while the end of the data is not known.
    public var bytesTotal: Int64?
    /// Time since this process took the upload up.
    public var elapsed: Duration

    public init(bytesSent: Int64, bytesConfirmed: Int64, bytesTotal: Int64?, elapsed: Duration) {
        self.bytesSent = bytesSent
        self.bytesConfirmed = bytesConfirmed
        self.bytesTotal = bytesTotal
        self.elapsed = elapsed
    }
}
