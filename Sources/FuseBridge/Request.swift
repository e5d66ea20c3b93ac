import CFuse
import Glibc
import LinuxIO

/// A request of the kernel that wants exactly one reply: the replies consume it, and one that is dropped answers `EIO`.
public struct Request: ~Copyable, @unchecked Sendable {
    // @unchecked: libfuse's replies may be called from any thread, and being noncopyable, the request is on one at a time.
    private let raw: fuse_req_t

    init(_ raw: fuse_req_t) {
        self.raw = raw
    }

    deinit {
        fuse_reply_err(raw, EIO)
    }

    public consuming func succeed() {
        fuse_reply_err(raw, 0)
        discard self
    }

    public consuming func fail(_ error: Errno) {
        fuse_reply_err(raw, error.code)
        discard self
    }

    public consuming func finish(_ outcome: Result<Void, Errno>) {
        switch outcome {
        case .success: succeed()
        case .failure(let error): fail(error)
        }
    }

    consuming func reply(_ bytes: [UInt8]) {
        _ = bytes.withUnsafeBytes { [raw] in fuse_reply_buf(raw, $0.baseAddress, $0.count) }
        discard self
    }

    consuming func reply(length: Int) {
        fuse_reply_xattr(raw, length)
        discard self
    }

    /// Replies later with what `work` ends with. When the caller is interrupted, by a signal, the task is cancelled and is
    /// expected to end soon; the reply is then still its own.
    public consuming func replyLater(_ work: @escaping @Sendable () async -> Result<Void, Errno>) {
        wait(for: work) { request, outcome in request.finish(outcome) }
    }

    consuming func wait<Outcome: Sendable>(
        for work: @escaping @Sendable () async -> Outcome,
        thenReply reply: @escaping @Sendable (consuming Request, Outcome) -> Void
    ) {
        let pending = PendingRequest(raw)
        discard self
        pending.start(work, thenReply: reply)
    }
}

/// A GETXATTR or LISTXATTR, whose reply is a value or, where the caller has no room yet, its length.
public struct ValueRequest: ~Copyable, Sendable {
    /// How many bytes the caller has room for; 0 asks for the length.
    public let size: Int
    public let caller: Caller
    private let request: Request

    init(_ request: consuming Request, size: Int, caller: Caller) {
        self.request = request
        self.size = size
        self.caller = caller
    }

    public consuming func reply(_ value: [UInt8]) {
        let size = size
        if size == 0 {
            request.reply(length: value.count)
        } else if value.count > size {
            request.fail(Errno(ERANGE))
        } else {
            request.reply(value)
        }
    }

    public consuming func fail(_ error: Errno) {
        request.fail(error)
    }

    public consuming func finish(_ outcome: Result<[UInt8], Errno>) {
        switch outcome {
        case .success(let value): reply(value)
        case .failure(let error): fail(error)
        }
    }

    /// As `Request.replyLater`.
    public consuming func replyLater(_ work: @escaping @Sendable () async -> Result<[UInt8], Errno>) {
        let size = size
        let caller = caller
        request.wait(for: work) { request, outcome in
            ValueRequest(request, size: size, caller: caller).finish(outcome)
        }
    }
}
