import Glibc
import LinuxIO
import UploadCore

/// A regular file that is open.
final class FileHandle: OpenHandle {
    let node: Node
    let content: FileContent
    let descriptor: Descriptor
    let isForWriting: Bool

    init(_ node: Node, _ content: FileContent, _ descriptor: consuming Descriptor, isForWriting: Bool) {
        self.node = node
        self.content = content
        self.descriptor = descriptor
        self.isForWriting = isForWriting
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
