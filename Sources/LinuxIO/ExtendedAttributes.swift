import CLinux
import Glibc

/// Extended attributes of one file, by descriptor or by path.
///
/// By path they are reached through `/proc/self/fd`, because the kernels of today have no such call relative to a directory;
/// unlike opening the file, this needs no permission to read it.
public struct ExtendedAttributes: ~Copyable {
    private let place: Place

    private enum Place {
        case descriptor(Int32)
        case path([CChar])
    }

    /// The attributes of an open file, which must stay open meanwhile.
    public init(of descriptor: borrowing Descriptor) {
        place = .descriptor(descriptor.rawValue)
    }

    /// The attributes of `path` relative to `directory`, which must stay open meanwhile. A symbolic link is not followed.
    public init(of path: BytePath, in directory: borrowing Descriptor) {
        let prefix = "/proc/self/fd/\(directory.rawValue)/".utf8.map(CChar.init(bitPattern:))
        place = .path(prefix + path.characters)
    }

    /// The largest value, and the longest list of names, that the kernel passes, in bytes.
    private static let valueMax = 65536

    public func value(of name: BytePath) throws(Errno) -> [UInt8] {
        try read { buffer, size in
            switch place {
            case .descriptor(let descriptor): fgetxattr(descriptor, name.characters, buffer, size)
            case .path(let path): lgetxattr(path, name.characters, buffer, size)
            }
        }
    }

    public func set(_ name: BytePath, to value: UnsafeRawBufferPointer, flags: Int32) throws(Errno) {
        let result =
            switch place {
            case .descriptor(let descriptor): fsetxattr(descriptor, name.characters, value.baseAddress, value.count, flags)
            case .path(let path): lsetxattr(path, name.characters, value.baseAddress, value.count, flags)
            }
        try Errno.check(result)
    }

    public func remove(_ name: BytePath) throws(Errno) {
        let result =
            switch place {
            case .descriptor(let descriptor): fremovexattr(descriptor, name.characters)
            case .path(let path): lremovexattr(path, name.characters)
            }
        try Errno.check(result)
    }

    /// All names, as bytes without NUL.
    public func names() throws(Errno) -> [[UInt8]] {
        let list = try read { buffer, size in
            let characters = buffer.assumingMemoryBound(to: CChar.self)
            return switch place {
            case .descriptor(let descriptor): flistxattr(descriptor, characters, size)
            case .path(let path): llistxattr(path, characters, size)
            }
        }
        return list.split(separator: 0).map(Array.init)
    }

    private func read(_ call: (UnsafeMutableRawPointer, Int) -> Int) throws(Errno) -> [UInt8] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.valueMax, alignment: 1)
        defer { buffer.deallocate() }
        guard let start = buffer.baseAddress else { return [] }
        let count = try Errno.check(call(start, buffer.count))
        return Array(buffer[..<count])
    }
}
