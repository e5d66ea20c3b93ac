import Glibc

/// The words of fusermount3, which mounts for ordinary users: it reports its errors on standard error only.
enum StandardError {
    /// Runs `body`, and returns the lines that it and its child processes wrote to standard error meanwhile. What other threads
    /// write is among them, so this is for the moment before there are any.
    static func capturing(_ body: () -> Void) -> [String] {
        var ends: [Int32] = [-1, -1]
        let original = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
        // A pipe holds 64 KiB, more than fusermount3 ever says, so writers do not block.
        guard original >= 0, pipe(&ends) == 0 else {
            if original >= 0 { close(original) }
            body()
            return []
        }
        // What still holds the other end when the mount is done must not keep the read below waiting.
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        dup2(ends[1], STDERR_FILENO)
        close(ends[1])
        body()
        dup2(original, STDERR_FILENO)
        close(original)
        defer { close(ends[0]) }
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = read(ends[0], &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
