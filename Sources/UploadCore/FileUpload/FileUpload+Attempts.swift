/// What the engine takes, and what its attempts come to.
extension FileUpload {
    /// What a claimed upload is to do.
    public enum Assignment: Sendable, Equatable {
        /// Send the content.
        case upload
        /// Let the object, which has the content, follow the file's name.
        case move(from: ObjectKey, version: String?)
    }

    /// Takes the upload, if it is time.
    public mutating func claim(now: Int64) -> Assignment? {
        guard let runnableAt, runnableAt <= now else { return nil }
        phase = .sending
        attempts = attempts == .max ? attempts : attempts + 1
        return assignment
    }

    /// What there is to do while the upload is claimed.
    public var assignment: Assignment {
        if let object, objectIsCurrent { .move(from: object.key, version: object.version) } else { .upload }
    }

    /// How a claim ends.
    public enum Outcome: Sendable, Equatable {
        /// The object is there and has the content. `isFromResponse`: it is what the commit returned; if not, the session that led to
        /// it may still be open.
        case committed(RemoteObject, key: ObjectKey, isFromResponse: Bool)
        /// The object was moved from its former key, and the content is as it was.
        case moved(RemoteObject, key: ObjectKey)
        /// The object is under the right key already.
        case inPlace
        /// The object cannot follow: it is gone, or it is another's by now. The content is uploaded again.
        case couldNotMove
        /// The service cannot hold the file's name.
        case invalidName(UploadError)
        case failed(UploadError, Facts, random: Double)
        /// The attempt was stopped by something that has changed the upload already, or that ends the process.
        case stopped
        /// Nothing was tried; another time. `delay` in milliseconds.
        case postponed(delay: Int64, countsAsAttempt: Bool = false, countsAsFailure: Bool = false)
        /// The bytes are others than those that the session has, though size and time are the same.
        case sourceChanged
    }

    /// What an attempt has found out, whatever its end.
    public struct Facts: Sendable, Equatable {
        public var known: KnownKey?
        /// The session is of no use any more; that it is to be aborted was stored before.
        public var sessionIsLost: Bool
        /// A request that may commit has had no response.
        public var commitIsPending: Bool
        /// The version of the object that this attempt made and that does not have the content.
        public var mismatchedVersion: String?

        public init(known: KnownKey?, sessionIsLost: Bool, commitIsPending: Bool, mismatchedVersion: String? = nil) {
            self.known = known
            self.sessionIsLost = sessionIsLost
            self.commitIsPending = commitIsPending
            self.mismatchedVersion = mismatchedVersion
        }
    }

    /// - Parameters:
    ///   - generation: of the content that was claimed. Where the file has changed since, only what was committed counts.
    ///   - keyOf: the key that belongs to a name; nil where the service cannot hold it.
    ///   - wallClock: the time that people see as the time of the upload.
    public mutating func ended(
        _ outcome: Outcome, generation claimed: Int64, _ policy: UploadPolicy, keyOf: (SpoolPath) -> ObjectKey?, now: Int64, wallClock: Int64
    ) -> [UploadEffect] {
        switch outcome {
        case .committed(let object, let key, let isFromResponse):
            return committed(object, key, claimed, isFromResponse: isFromResponse, policy, keyOf: keyOf, now: now, wallClock: wallClock)
        case .moved(let object, let key):
            // The former key is empty already: nothing is left to be removed there.
            self.object = nil
            return committed(object, key, claimed, isFromResponse: true, policy, keyOf: keyOf, now: now, wallClock: wallClock)
        case _ where claimed != generation:
            return []
        case .inPlace:
            let effects = dropUnfinished(keeping: object?.key)
            endAttempt()
            if phase == .sending { phase = .uploaded }
            return effects
        case .couldNotMove:
            // Where the object has the same content in another version, it is ours, made by a request whose response a kill took.
            var effects = dropUnfinished()
            if let object, object.checksum != nil || object.reservation != nil, policy.propagatesRemovals {
                effects.append(.removeUnconfirmed(object.key, checksum: object.checksum ?? "", reservation: object.reservation))
            }
            object = nil
            if phase == .sending { phase = .ready(since: now) }
            return effects
        case .invalidName(let error):
            let effects = dropUnfinished() + removeObject(policy, of: path)
            if phase == .sending { fail(error) }
            return effects
        case .failed(let error, let facts, let random):
            return failed(error, facts, random: random, now: now)
        case .stopped:
            if phase == .sending { phase = .ready(since: now) }
            return []
        case .postponed(let delay, let countsAsAttempt, let countsAsFailure):
            guard phase == .sending else { return [] }
            phase = .ready(since: Milliseconds.adding(max(delay, 100), to: now))
            if !countsAsAttempt, attempts > 0 { attempts -= 1 }
            if countsAsFailure { countFailure() }
            return []
        case .sourceChanged:
            let effects = dropUnfinished()
            advanceGeneration()
            if phase == .sending { phase = .ready(since: now) }
            return effects
        }
    }

    private mutating func committed(
        _ made: RemoteObject, _ key: ObjectKey, _ generation: Int64, isFromResponse: Bool, _ policy: UploadPolicy, keyOf: (SpoolPath) -> ObjectKey?,
        now: Int64, wallClock: Int64
    ) -> [UploadEffect] {
        // What was unconfirmed is confirmed.
        var effects: [UploadEffect] = [.confirmed(key)]
        if let former = object, former.key != key, policy.propagatesRemovals {
            effects.append(.remove(former.key, version: former.version, path: nil))
        }
        object = StoredObject(key: key, version: made.version, generation: generation)
        object?.id = made.id
        object?.etag = made.etag
        object?.checksum = made.digest?.description
        object?.reservation = made.reservation ?? (self.generation == generation ? unfinished?.reservation : nil)
        object?.uploadedAt = wallClock
        known = nil
        if self.generation == generation {
            // An object that was found, and not returned by the commit, says nothing about the session.
            if !isFromResponse, let session = unfinished?.session { effects.append(.abort(session)) }
            endAttempt()
            switch phase {
            case .sending, .settling, .ready, .backingOff:
                if keyOf(path) == key {
                    phase = .uploaded
                    isPaused = false
                } else if phase == .sending {
                    phase = .ready(since: now)
                }
            case .open, .fragment, .temporary, .failed, .uploaded: break
            }
        }
        // It got a temporary name meanwhile.
        if case .temporary = phase { effects += removeObject(policy, of: nil) }
        return effects
    }

    private mutating func failed(_ error: UploadError, _ facts: Facts, random: Double, now: Int64) -> [UploadEffect] {
        known = facts.known
        if let version = facts.mismatchedVersion, object?.key == unfinished?.key {
            // Still the file's own object, with the content of none of its generations.
            object?.version = version
            object?.generation = nil
        }
        if facts.sessionIsLost { forgetSession() }
        if !facts.commitIsPending { unfinished?.pendingCommit = nil }
        if unfinished?.session == nil, unfinished?.pendingCommit == nil { unfinished = nil }
        // Paused, cancelled or renamed meanwhile: the phase says so already.
        guard phase == .sending else { return [] }
        countFailure()
        if let backoff = Backoff.policy(for: error.code) {
            let delay = backoff.delay(failures: failures, retryAfter: error.retryAfter, random: random)
            phase = .backingOff(until: Milliseconds.adding(Milliseconds.of(delay), to: now), error)
        } else if error.disposition == .stopped {
            // The upload was cut for a reason that no one has reported; the pause keeps that from becoming a loop.
            phase = .ready(since: Milliseconds.adding(500, to: now))
        } else {
            fail(error)
        }
        return []
    }

    mutating func fail(_ error: UploadError) {
        phase = .failed(error)
        isUrgent = false
    }

    private mutating func countFailure() {
        failures = failures == .max ? failures : failures + 1
    }

    /// What the service has of an unfinished session does not count any more.
    mutating func forgetSession() {
        unfinished?.session = nil
        unfinished?.confirmed = 0
        unfinished?.confirmedCRC = 0
    }

    /// An attempt finished and left nothing to resume.
    private mutating func endAttempt() {
        unfinished = nil
        failures = 0
        isUrgent = false
    }

    // MARK: A new process

    /// The longest time that a restart lets an upload wait, in milliseconds: the clock may have been set back since.
    private static let restartDelayMax: Int64 = 300_000

    /// Takes over from a process that has ended, cleanly or not: nothing is being sent, and no one has a file open.
    public mutating func restarted(_ policy: UploadPolicy, now: Int64) -> [UploadEffect] {
        switch phase {
        case .sending: phase = .ready(since: now)
        case .open: phase = .fragment
        case .settling(let until): phase = .settling(until: min(until, policy.settled(now)))
        case .ready(let since): phase = .ready(since: min(since, now))
        case .backingOff(let until, let error):
            phase = .backingOff(until: min(until, Milliseconds.adding(Self.restartDelayMax, to: now)), error)
        case .temporary(let until):
            phase = .temporary(until: min(until, Milliseconds.adding(Milliseconds.of(UploadPolicy.holdMax), to: now)))
        case .fragment, .failed, .uploaded: break
        }
        return []
    }
}

extension FileUpload.Outcome {
    /// What is left to do where the file was removed while it was being sent: its object goes, too.
    public func effectsIfRemoved(_ policy: UploadPolicy) -> [UploadEffect] {
        switch self {
        case .committed(let object, let key, _), .moved(let object, let key):
            [.confirmed(key)] + (policy.propagatesRemovals ? [.remove(key, version: object.version, path: nil)] : [])
        default: []
        }
    }
}
