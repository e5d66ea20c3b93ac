import Glibc
import LinuxIO
import NIOConcurrencyHelpers

/// The log of a mount in the background: a file that is moved aside, to `log.1`, before it grows beyond a bound.
final class LogFile: Sendable {
    /// In bytes; with the file moved aside, logs take at most twice that.
    static let sizeMax = 8 << 20

    private let path: String
    private let sizeMax: Int
    /// Guards the descriptor and the length, so that lines do not mix.
    private let file: NIOLockedValueBox<OpenFile>

    private struct OpenFile {
        var descriptor: Int32
        var size: Int
    }

    init(path: String, sizeMax: Int = LogFile.sizeMax) throws(Errno) {
        self.path = path
        self.sizeMax = sizeMax
        file = NIOLockedValueBox(try Self.open(path))
    }

    deinit {
        file.withLockedValue { _ = close($0.descriptor) }
    }

    private static func open(_ path: String) throws(Errno) -> OpenFile {
        let descriptor = try Errno.retrying { Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600) }
        return OpenFile(descriptor: descriptor, size: Int(max(0, lseek(descriptor, 0, SEEK_END))))
    }

    /// Appends a line. A log that cannot be written is no reason to stop an upload, so errors end here.
    func append(_ line: String) {
        let bytes = Array(line.utf8)
        file.withLockedValue { file in
            if file.size + bytes.count > sizeMax { moveAside(&file) }
            let count = bytes.withUnsafeBytes { write(file.descriptor, $0.baseAddress, $0.count) }
            file.size += max(0, count)
        }
    }

    /// Where the new file cannot be opened, the old one is emptied instead: the bound holds in any case.
    private func moveAside(_ file: inout OpenFile) {
        if rename(path, path + ".1") == 0, let fresh = try? Self.open(path) {
            close(file.descriptor)
            file = fresh
        } else {
            ftruncate(file.descriptor, 0)
            file.size = 0
        }
    }
}
