import Glibc
import LinuxIO
import UploadCore

/// A spool file that is open for reading, under whatever name it has now or none.
public final class SpoolFile: Sendable {
    public let id: FileID
    private let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) throws(Errno) {
        id = FileID(inode: try descriptor.attributes().inode)
        self.descriptor = descriptor
    }

    /// The file's size and time of modification as of now.
    public func fingerprint() throws(Errno) -> Fingerprint {
        Fingerprint(try descriptor.attributes())
    }

    /// Whether any process has the file open for writing, or mapped so; false where the spool's file system cannot tell.
    public func hasWriters() -> Bool {
        (try? descriptor.hasWriters()) ?? false
    }

    /// Reads until `buffer` is full or the file ends, and returns the number of bytes.
    public func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        try descriptor.read(at: offset, into: buffer)
    }

    /// As `read`, but only what the page cache has: fewer bytes where the rest has to come from the disk.
    public func readCached(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        try descriptor.readCached(at: offset, into: buffer)
    }

    /// Says that the bytes from `offset` on will be read soon.
    public func prefetch(at offset: Int64, length: Int) {
        descriptor.prefetch(at: offset, length: length)
    }

    /// The value of a user's attribute such as `user.mime_type`; nil where it is not set.
    public func extendedAttribute(_ name: String) -> [UInt8]? {
        try? ExtendedAttributes(of: descriptor).value(of: BytePath(name))
    }

    /// Those that are UTF-8; empty where the spool's file system has no such attributes.
    public func extendedAttributeNames() -> [String] {
        let names = (try? ExtendedAttributes(of: descriptor).names()) ?? []
        return names.compactMap { String(validating: $0, as: UTF8.self) }
    }
}

extension Fingerprint {
    public init(_ attributes: FileStatus) {
        self.init(size: attributes.size, modified: attributes.modifiedNanoseconds)
    }
}
