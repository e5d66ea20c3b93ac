import FuseBridge
import Glibc
import LinuxIO
import UploadCore

/// A regular file that is open.
// @unchecked: the mutable fields are set before another thread knows the object.
final class FileHandle: OpenHandle, @unchecked Sendable {
    let node: Node
    let content: FileContent
    /// For reading only where the kernel writes: then it is not among those that have the spool file open for writing.
    private(set) var descriptor: Descriptor
    let isForWriting: Bool
    /// Nothing can be read through it, nor mapped.
    let isOnlyForWriting: Bool
    /// Stores through a memory map of it can change the file.
    let canMapForWriting: Bool
    /// Those of open(2).
    private let flags: Int32
    let opener: Caller
    /// How the kernel reads and writes it.
    var mode = OpenMode.direct
    /// `FileContent.closes` when it was opened: what is closed later may have been written through it.
    var closesBefore = 0

    /// - Parameter flags: those of open(2).
    init(
        _ node: Node, _ content: FileContent, _ descriptor: consuming Descriptor, flags: Int32, isForWriting: Bool, opener: Caller
    ) {
        self.node = node
        self.content = content
        self.descriptor = descriptor
        self.isForWriting = isForWriting
        self.opener = opener
        isOnlyForWriting = flags & O_ACCMODE == O_WRONLY
        canMapForWriting = flags & O_ACCMODE == O_RDWR
        self.flags = flags
    }

    /// The descriptor was opened for reading only, and is for writing from now on, if the file was opened so.
    func openForWriting() throws(Errno) {
        if flags & O_ACCMODE != O_RDONLY { descriptor = try descriptor.reopened(flags & Self.flagsKept) }
    }

    /// The flags of open(2) with which the spool file is opened. Appending is not among them: the kernel passes the offset.
    static let flagsKept = O_ACCMODE | O_SYNC | O_DSYNC

    /// Runs `body` with a descriptor that can write.
    func writing<Outcome>(_ body: (borrowing Descriptor) throws(Errno) -> Outcome) throws(Errno) -> Outcome {
        if isPassedThrough { return try body(try descriptor.reopened(O_WRONLY)) }
        return try body(descriptor)
    }

    /// Its reads and writes do not come through.
    var isPassedThrough: Bool {
        if case .passthrough = mode { true } else { false }
    }

    func status() throws(Errno) -> FileStatus {
        try descriptor.attributes()
    }
}

/// Text that was made when it was opened.
final class TextHandle: Sendable {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }
}

/// The kernel's handle number is the address of an object that is retained from open to release.
enum HandleNumber {
    static func retain(_ handle: some AnyObject) -> UInt64 {
        UInt64(UInt(bitPattern: Unmanaged.passRetained(handle).toOpaque()))
    }

    /// - Parameter number: one from `retain` of the same type that is not released.
    static func object<Handle: AnyObject>(_ number: UInt64, _ type: Handle.Type = Handle.self) throws(Errno) -> Handle {
        guard let pointer = UnsafeRawPointer(bitPattern: UInt(number)) else { throw Errno(EBADF) }
        return Unmanaged<Handle>.fromOpaque(pointer).takeUnretainedValue()
    }

    static func release<Handle: AnyObject>(_ number: UInt64, _ type: Handle.Type) {
        guard let pointer = UnsafeRawPointer(bitPattern: UInt(number)) else { return }
        Unmanaged<Handle>.fromOpaque(pointer).release()
    }
}
