import Glibc

/// The error of a system call.
public struct Errno: Error, Hashable, Sendable {
    /// The value of `errno`, such as `ENOENT`.
    public let code: Int32

    public init(_ code: Int32) {
        self.code = code
    }

    /// What the last failed call of this thread left in `errno`.
    public static var current: Errno { Errno(errno) }

    /// Turns a call's -1 into an error, and anything else into the call's result.
    @discardableResult
    public static func check<Result: SignedInteger>(_ result: Result) throws(Errno) -> Result {
        if result == -1 { throw .current }
        return result
    }

    /// As `check`, but a call that a signal interrupted is made again.
    @discardableResult
    public static func retrying<Result: SignedInteger>(_ call: () -> Result) throws(Errno) -> Result {
        while true {
            let result = call()
            if result != -1 { return result }
            if errno != EINTR { throw .current }
        }
    }
}

extension Errno: CustomStringConvertible {
    /// The C library's words for it, such as `No such file or directory`.
    public var description: String {
        var buffer = [CChar](repeating: 0, count: 128)
        guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
