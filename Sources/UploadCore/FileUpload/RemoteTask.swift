/// Work at the service that belongs to no file any more: stored first, then tried until the service confirms it.
public struct RemoteTask: Sendable, Equatable {
    public enum Work: Sendable, Equatable {
        case abort(UploadSession)
        /// Remove an object, unless it is another's newer one. `path`: the file that had it, whose successor can inherit it.
        case remove(ObjectKey, version: String?, path: SpoolPath?)
        /// Remove an object, unless it is another's newer one. No file inherits it.
        case discard(ObjectKey, version: String?)
        case removeUnconfirmed(ObjectKey, checksum: String, reservation: String?)
        /// Drop the session that a request without a response may have opened.
        case dropOrphaned(SessionBegin)
    }

    public package(set) var id: Int64
    public package(set) var work: Work
    /// When it is to be tried, in milliseconds since 1970; nil while the request is under way that it would clean up after.
    public package(set) var runnableAt: Int64?
    public package(set) var failures = 0
    public package(set) var error: UploadError?
    /// How often the object or session was looked for and not found.
    public package(set) var looks = 0

    /// - Parameter isUnderWay: the request that it would clean up after has not ended.
    package init(_ work: Work, now: Int64, isUnderWay: Bool = false, id: Int64 = 0) {
        self.id = id
        self.work = work
        runnableAt = isUnderWay ? nil : now
    }

    package init(id: Int64, work: Work, runnableAt: Int64?, failures: Int, looks: Int, error: UploadError?) {
        self.id = id
        self.work = work
        self.runnableAt = runnableAt
        self.failures = failures
        self.looks = looks
        self.error = error
    }

    /// The work that an effect asks for; nil where it only ends other work.
    package init?(_ effect: UploadEffect, _ policy: UploadPolicy, now: Int64) {
        switch effect {
        case .abort(let session): self.init(.abort(session), now: now)
        case .remove(let key, let version, let path):
            // A file that is removed and written again within the quiet time keeps its object until the new content replaces it.
            self.init(.remove(key, version: version, path: path), now: policy.settled(now))
        case .discard(let key, let version): self.init(.discard(key, version: version), now: now)
        case .removeUnconfirmed(let key, let checksum, let reservation):
            self.init(.removeUnconfirmed(key, checksum: checksum, reservation: reservation), now: now)
        case .confirmed: return nil
        }
    }

    /// The key that has to be free of this work before another file is uploaded to it.
    public var key: ObjectKey? {
        switch work {
        case .abort: nil
        case .remove(let key, _, _), .discard(let key, _), .removeUnconfirmed(let key, _, _): key
        case .dropOrphaned(let begin): begin.key
        }
    }

    /// Whether anyone waits for it: what was not there twice is looked for a while longer, without holding up anything.
    public var isAwaited: Bool { runnableAt != nil && looks < 2 }

    /// The key is not free before this is done.
    public var occupiesKey: Bool {
        if case .dropOrphaned = work { false } else { isAwaited && key != nil }
    }

    /// After how many milliseconds something is looked for again: a service may be slow to make what a killed process had asked for.
    private static let lookDelays: [Int64] = [1000, 5000, 30_000, 120_000]

    public enum Outcome: Sendable, Equatable {
        /// The service confirmed it.
        case done
        /// What may be there was not.
        case notFound
        /// It was not tried; another time. `delay` in milliseconds.
        case postponed(delay: Int64)
        case failed(UploadError, random: Double)
        /// The request that it cleans up after failed. `mayExist`: what that would have made may be there.
        case requestFailed(mayExist: Bool)
    }

    /// - Returns: whether it is still to be done.
    public mutating func ended(_ outcome: Outcome, now: Int64) -> Bool {
        switch outcome {
        case .done: return false
        case .notFound:
            guard looks >= 0, looks < Self.lookDelays.count else { return false }
            runnableAt = Milliseconds.adding(Self.lookDelays[looks], to: now)
            looks += 1
        case .postponed(let delay):
            runnableAt = Milliseconds.adding(delay, to: now)
        case .failed(let error, let random):
            failures = failures == .max ? failures : failures + 1
            self.error = error
            // It is tried without end, also after errors that look permanent: an orphan costs money, a question does not.
            let backoff = error.disposition == .transient ? Backoff.transient : Backoff.needsRepair
            runnableAt = Milliseconds.adding(
                Milliseconds.of(backoff.delay(failures: failures, retryAfter: error.retryAfter, random: random)), to: now)
        case .requestFailed(let mayExist):
            guard mayExist else { return false }
            if case .dropOrphaned(var begin) = work {
                begin.until = Milliseconds.date(now)
                work = .dropOrphaned(begin)
            }
            runnableAt = now
        }
        return true
    }

    /// The longest time that a restart lets a task wait, in milliseconds: the clock may have been set back since.
    private static let restartDelayMax: Int64 = 300_000

    /// A new process takes over: no request is under way.
    public mutating func restarted(now: Int64) {
        runnableAt = runnableAt.map { min($0, Milliseconds.adding(Self.restartDelayMax, to: now)) } ?? now
    }
}
