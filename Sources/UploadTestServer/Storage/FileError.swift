import Glibc

/// A system call on the server's own directory failed.
struct FileError: Error, CustomStringConvertible {
    let operation: String
    let path: String
    let code: CInt

    /// Takes `errno` as the call that just failed left it.
    init(_ operation: String, _ path: String) {
        self.operation = operation
        self.path = path
        self.code = errno
    }

    var description: String { "\(operation) \(path): \(String(cString: strerror(code)))" }
}
