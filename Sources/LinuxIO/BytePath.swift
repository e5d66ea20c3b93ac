/// A path for the kernel: any bytes but NUL, kept with the NUL that ends it.
public struct BytePath: Sendable, Hashable {
    /// Passed as it is where C wants `const char *`.
    public let characters: [CChar]

    /// The empty path stands for the directory that a call is relative to.
    public init(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else {
            self.init(count: 1) { buffer in buffer[0] = UInt8(ascii: ".") }
            return
        }
        self.init(count: bytes.count) { buffer in buffer.copyBytes(from: bytes) }
    }

    /// A path of `count` bytes, above 0, that `fill` puts into the buffer. In one piece, because nearly every request of the kernel
    /// makes a path.
    @inlinable
    public init(count: Int, fill: (UnsafeMutableRawBufferPointer) -> Void) {
        characters = [CChar](unsafeUninitializedCapacity: count + 1) { buffer, initialized in
            fill(UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count]))
            buffer[count] = 0
            initialized = count + 1
        }
    }

    public init(_ text: String) {
        self.init(Array(text.utf8))
    }
}
