import CLinux
import Glibc

/// A lock with a shared side for many and an exclusive side for one. Who waits for the exclusive side goes first.
///
/// A thread must not take it again while it holds it, on either side.
// @unchecked: the lock is memory at a fixed address that is only handed to pthread functions, which any thread may call.
public final class ReadWriteLock: @unchecked Sendable {
    @usableFromInline let lock: UnsafeMutablePointer<pthread_rwlock_t>

    public init() {
        lock = .allocate(capacity: 1)
        let failure = clinux_rwlock_init(lock)
        precondition(failure == 0, "pthread_rwlock_init: \(Errno(failure))")
    }

    deinit {
        pthread_rwlock_destroy(lock)
        lock.deallocate()
    }

    // Inlinable, because every request of the kernel takes one or two of these locks, and a call of a generic function of another
    // module costs more than the lock.
    @inlinable
    public func shared<Result: ~Copyable, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        pthread_rwlock_rdlock(lock)
        defer { pthread_rwlock_unlock(lock) }
        return try body()
    }

    @inlinable
    public func exclusive<Result: ~Copyable, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        pthread_rwlock_wrlock(lock)
        defer { pthread_rwlock_unlock(lock) }
        return try body()
    }
}
