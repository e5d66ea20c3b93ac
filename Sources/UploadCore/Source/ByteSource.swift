import NIOCore

/// The bytes of an object, wherever they come from: a file, or a program that makes them on the fly.
///
/// What the server has confirmed is not asked for again while the upload continues. A protocol that wants the digest of the
/// whole object in an algorithm other than CRC-32C has the source read again from the start when an upload is taken up by
/// another process. Reads may come from several tasks at once where the protocol takes several parts at once.
public protocol ByteSource: Sendable {
    /// Length in bytes; nil where the end is not known before it is reached.
    var length: Int64? { get }

    /// The bytes from `offset` on: exactly `length` of them, or fewer only where the data end.
    /// - Throws: an `UploadError` for what the upload's owner should read; anything else is reported as `unreadable`.
    func read(at offset: Int64, length: Int) async throws -> ByteBuffer
}
