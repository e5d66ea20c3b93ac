/// A path for the kernel: any bytes but NUL, kept with the NUL that ends it.
public struct BytePath: Sendable, Hashable {
    /// Passed as it is where C wants `const char *`.
    public let characters: [CChar]

    /// The empty path stands for the directory that a call is relative to.
    public init(_ bytes: some Collection<UInt8>) {
        if bytes.isEmpty {
            characters = [CChar(bitPattern: UInt8(ascii: ".")), 0]
        } else {
            var characters: [CChar] = []
            characters.reserveCapacity(bytes.count + 1)
            for byte in bytes { characters.append(CChar(bitPattern: byte)) }
            characters.append(0)
            self.characters = characters
        }
    }

    public init(_ text: String) {
        self.init(Array(text.utf8))
    }
}
