import CLinux
import Glibc

extension Descriptor {
    /// Replaces a small file in this directory, so that after a crash, of the machine as well, it has the old content or the
    /// new one and nothing in between.
    public func replaceDurably(_ name: String, with content: String, mode: mode_t) throws(Errno) {
        let temporary = BytePath(name + ".new")
        let file = try open(temporary, O_WRONLY | O_CREAT | O_TRUNC, mode: mode)
        try file.writeAll(content)
        try file.synchronize(metadata: true)
        try rename(temporary, to: BytePath(name))
        try synchronize(metadata: true)
    }

    /// The content of a small text file in this directory; nil where there is none.
    public func text(of name: String, bytesMax: Int = 65536) throws(Errno) -> String? {
        let file: Descriptor
        do {
            file = try open(BytePath(name), O_RDONLY)
        } catch {
            if error.code == ENOENT { return nil }
            throw error
        }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytesMax, alignment: 1)
        defer { buffer.deallocate() }
        let count = try file.read(at: 0, into: buffer)
        return String(decoding: buffer[..<count], as: UTF8.self)
    }
}

extension Descriptor {
    /// Takes the lock of the open file without waiting; `EWOULDBLOCK` when another process has it.
    public func lockExclusively() throws(Errno) {
        try Errno.check(clinux_lock_exclusively(rawValue))
    }

    /// Writes a text at the start of the file.
    public func writeAll(_ text: String) throws(Errno) {
        try writeAll(Array(text.utf8))
    }

    /// Writes all bytes at the start of the file.
    public func writeAll(_ bytes: [UInt8]) throws(Errno) {
        let outcome = bytes.withUnsafeBytes { buffer in
            Result { () throws(Errno) in try write(buffer, at: 0) }
        }
        guard try outcome.get() == bytes.count else { throw Errno(ENOSPC) }
    }
}
