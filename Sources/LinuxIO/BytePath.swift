/// A path for the kernel: any bytes but NUL, kept with the NUL that ends it.
public struct BytePath: Sendable, Hashable {
    /// Passed as it is where C wants `const char *`.
    public let characters: [CChar]

    /// The empty path stands for the directory that a call is relative to.
    public init(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else {
            characters = [CChar(bitPattern: UInt8(ascii: ".")), 0]
            return
        }
        // In one piece: nearly every request of the kernel makes a path.
        characters = [CChar](unsafeUninitializedCapacity: bytes.count + 1) { buffer, count in
            bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
            buffer[bytes.count] = 0
            count = bytes.count + 1
        }
    }

    public init(_ text: String) {
        self.init(Array(text.utf8))
    }
}
