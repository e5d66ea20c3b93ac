import Glibc
import LinuxIO

/// The kernel's number for a file, directory or link that it knows; given out by `Entry`, never used again for another one.
public typealias NodeID = UInt64

/// The root of the mount.
public let rootNodeID: NodeID = 1

/// What a file system does for the kernel. The bridge turns libfuse's callbacks into these calls and their results and
/// errors into replies; it decides nothing.
///
/// Every call comes on one of several threads that serve the kernel, so it must not wait for the network. What may have to
/// wait gets a `Request` to reply to later; everything else replies by returning.
///
/// Names are one path component, in any bytes. An `Entry` that is returned counts as one lookup of its node, which the
/// kernel gives back with `forget`; a handle that is returned is given back with `release` or `releaseDirectory`.
public protocol FuseFilesystem: AnyObject, Sendable {
    // Names
    func lookup(_ name: [UInt8], in parent: NodeID) throws(Errno) -> Entry
    func forget(_ node: NodeID, lookups: UInt64)
    func makeDirectory(_ name: [UInt8], in parent: NodeID, mode: mode_t, caller: Caller) throws(Errno) -> Entry
    func makeNode(_ name: [UInt8], in parent: NodeID, mode: mode_t, caller: Caller) throws(Errno) -> Entry
    func makeSymbolicLink(_ name: [UInt8], in parent: NodeID, to target: [UInt8], caller: Caller) throws(Errno) -> Entry
    func symbolicLinkTarget(of node: NodeID) throws(Errno) -> [UInt8]
    func removeFile(_ name: [UInt8], in parent: NodeID) throws(Errno)
    func removeDirectory(_ name: [UInt8], in parent: NodeID) throws(Errno)
    /// - Parameter flags: those of renameat2(2).
    func rename(_ change: RenameChange, request: consuming Request)

    // Attributes
    func attributes(of node: NodeID) throws(Errno) -> Attributes
    /// - Parameter handle: that of the open file through which the caller asked, if any.
    func change(_ changes: AttributeChanges, of node: NodeID, handle: UInt64?, caller: Caller) throws(Errno) -> Attributes
    func statistics() throws(Errno) -> statvfs
    /// Answers access(2) where the kernel does not check permissions itself.
    /// - Parameter mask: `R_OK`, `W_OK` and `X_OK`, or `F_OK`.
    func checkAccess(to node: NodeID, _ mask: Int32) throws(Errno)

    // Files
    /// - Parameter flags: those of open(2).
    func open(_ node: NodeID, flags: Int32, caller: Caller) throws(Errno) -> OpenedFile
    func create(
        _ name: [UInt8], in parent: NodeID, mode: mode_t, flags: Int32, caller: Caller
    ) throws(Errno) -> (entry: Entry, file: OpenedFile)
    /// Reads until `buffer` is full or the file ends, and returns the number of bytes.
    func read(_ handle: UInt64, of node: NodeID, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int
    func write(
        _ bytes: UnsafeRawBufferPointer, to handle: UInt64, of node: NodeID, at offset: Int64, caller: Caller
    ) throws(Errno) -> Int
    /// A descriptor of the open file was closed; others may remain.
    func flush(_ handle: UInt64, of node: NodeID, request: consuming Request)
    func synchronize(_ handle: UInt64, of node: NodeID, dataOnly: Bool, request: consuming Request)
    /// The last descriptor of the open file is closed.
    func release(_ handle: UInt64, of node: NodeID)
    /// - Parameter mode: the flags of fallocate(2).
    func allocate(
        _ handle: UInt64, of node: NodeID, mode: Int32, offset: Int64, length: Int64, caller: Caller
    ) throws(Errno)
    func seek(_ handle: UInt64, of node: NodeID, offset: Int64, whence: Int32) throws(Errno) -> Int64
    func copyRange(_ copy: RangeCopy, caller: Caller) throws(Errno) -> Int

    // Directories
    func openDirectory(_ node: NodeID) throws(Errno) -> OpenedDirectory
    /// Adds entries to `listing`, from the one at `offset` on, until it is full or there are no more.
    func readDirectory(_ handle: UInt64, of node: NodeID, from offset: Int64, into listing: inout DirectoryListing) throws(Errno)
    func synchronizeDirectory(_ handle: UInt64, of node: NodeID) throws(Errno)
    func releaseDirectory(_ handle: UInt64, of node: NodeID)

    // Extended attributes
    /// Answers with the value, or with its length where `request.size` is 0.
    func extendedAttribute(_ name: [UInt8], of node: NodeID, request: consuming ValueRequest)
    func extendedAttributeNames(of node: NodeID, request: consuming ValueRequest)
    func setExtendedAttribute(
        _ name: [UInt8], of node: NodeID, to value: UnsafeRawBufferPointer, flags: Int32, caller: Caller
    ) throws(Errno)
    func removeExtendedAttribute(_ name: [UInt8], of node: NodeID, caller: Caller) throws(Errno)
}
