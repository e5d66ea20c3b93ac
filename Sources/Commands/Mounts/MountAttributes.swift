import Glibc
import LinuxIO

/// Extended attributes by path: the channel between the commands and a mount. Paths are absolute and without links.
enum MountAttributes {
    static func read(_ name: String, of path: String) throws(Errno) -> String {
        let root = try Descriptor.open(BytePath("/"), O_RDONLY | O_DIRECTORY)
        let value = try ExtendedAttributes(of: relative(path), in: root).value(of: BytePath(name))
        return String(decoding: value, as: UTF8.self)
    }

    static func write(_ value: String, to name: String, of path: String) throws(Errno) {
        let root = try Descriptor.open(BytePath("/"), O_RDONLY | O_DIRECTORY)
        let bytes = Array(value.utf8)
        let outcome = bytes.withUnsafeBytes { bytes in
            Result { () throws(Errno) in
                try ExtendedAttributes(of: relative(path), in: root).set(BytePath(name), to: bytes, flags: 0)
            }
        }
        try outcome.get()
    }

    private static func relative(_ path: String) -> BytePath {
        BytePath(Array(path.utf8.drop { $0 == UInt8(ascii: "/") }))
    }
}
