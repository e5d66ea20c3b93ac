import Glibc

/// A node's name, in one small piece of memory: an array would take twice as much, and the kernel may know a million names.
struct NodeName: ~Copyable {
    /// Two bytes of length, and the name.
    private let start: UnsafeMutableRawPointer

    private static let headerLength = MemoryLayout<UInt16>.size

    /// - Parameter bytes: one path component, which the kernel does not let be longer than 255 bytes.
    init(_ bytes: [UInt8]) {
        start = .allocate(byteCount: Self.headerLength + bytes.count, alignment: 1)
        start.storeBytes(of: UInt16(bytes.count), as: UInt16.self)
        UnsafeMutableRawBufferPointer(start: start + Self.headerLength, count: bytes.count).copyBytes(from: bytes)
    }

    deinit {
        start.deallocate()
    }

    var count: Int { Int(start.loadUnaligned(as: UInt16.self)) }

    /// Copies it into the end of what is before `end`, and moves `end` in front of it.
    func put(before end: inout Int, in buffer: UnsafeMutableRawBufferPointer) {
        end -= count
        UnsafeMutableRawBufferPointer(rebasing: buffer[end...])
            .copyMemory(from: UnsafeRawBufferPointer(start: start + Self.headerLength, count: count))
    }
}
