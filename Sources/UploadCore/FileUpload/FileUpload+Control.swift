/// What its owner, and those who wait for it, ask of an upload.
extension FileUpload {
    public mutating func control(_ command: ControlCommand, _ policy: UploadPolicy, now: Int64) -> [UploadEffect] {
        switch command {
        case .pause: pause(now: now)
        case .resume: return resume(policy, now: now)
        case .retry: return retry(policy, now: now)
        case .cancel: return cancel(policy, now: now)
        }
        return []
    }

    private mutating func pause(now: Int64) {
        switch phase {
        case .failed, .fragment, .temporary, .uploaded: return
        case .sending: phase = .ready(since: now)
        case .open, .settling, .ready, .backingOff: break
        }
        isPaused = true
    }

    private mutating func resume(_ policy: UploadPolicy, now: Int64) -> [UploadEffect] {
        guard isPaused else { return [] }
        isPaused = false
        switch phase {
        // A temporary name that it got meanwhile holds it.
        case .settling, .ready, .backingOff:
            if policy.holds(path) { return settle(policy, now: now) }
            queue(now: now)
        case .open, .fragment, .temporary, .sending, .failed, .uploaded: break
        }
        return []
    }

    private mutating func retry(_ policy: UploadPolicy, now: Int64) -> [UploadEffect] {
        var effects: [UploadEffect] = []
        switch phase {
        case .backingOff(_, let error), .failed(let error):
            // Whoever says so has seen the error: what stands in the way may be replaced.
            if error.code == .conflict || error.code == .outcomeUnknown {
                known = nil
                if error.code == .conflict {
                    // What its own request has made, or still makes, may be under a former name.
                    effects = dropUnfinished()
                } else {
                    unfinished?.pendingCommit = nil
                    if unfinished?.session == nil { unfinished = nil }
                }
                // Its object may be under a former name; that version goes, if it is still there.
                if let object, policy.propagatesRemovals { effects.append(.discard(object.key, version: object.version)) }
                object = nil
            }
            queue(now: now)
        case .settling, .ready: queue(now: now, keepingPause: true)
        case .fragment, .temporary: queue(now: now)
        case .open, .sending, .uploaded: break
        }
        return effects
    }

    private mutating func cancel(_ policy: UploadPolicy, now: Int64) -> [UploadEffect] {
        switch phase {
        case .open, .fragment, .temporary, .uploaded:
            // Nothing is on its way, and what counts is the next close.
            return []
        case .settling, .ready, .sending, .backingOff, .failed:
            isPaused = false
            if policy.holds(path) { return settle(policy, now: now) }
            let effects = dropUnfinished()
            failures = 0
            fail(UploadError(.cancelled, "the upload was cancelled; `uploadfs retry` starts it again"))
            return effects
        }
    }

    private mutating func queue(now: Int64, keepingPause: Bool = false) {
        phase = .ready(since: now)
        failures = 0
        if !keepingPause { isPaused = false }
    }

    public mutating func setPriority(_ value: Int) {
        priority = min(max(value, -10), 10)
    }

    /// A close() or fsync() waits for this content: it is uploaded without the quiet time, and although the file is open.
    /// - Returns: whether the upload has that content, so that it can be waited for.
    public mutating func makeUrgent(generation awaited: Int64, now: Int64) -> Bool {
        guard awaited == generation else { return false }
        isUrgent = true
        switch phase {
        case .settling, .ready: phase = .ready(since: now)
        case .open, .fragment, .temporary, .sending, .backingOff, .failed, .uploaded: break
        }
        return true
    }

    /// Gives up what the service has of the unfinished upload.
    public mutating func startOver() -> [UploadEffect] {
        dropUnfinished()
    }

    /// Another file needs the key that this one's object is under. The object is no longer this file's, which is uploaded again
    /// under its own name. Its object is removed by an effect of its own, so that it goes even if the taker never arrives;
    /// where objects are kept, the taker replaces it.
    mutating func releaseKey(_ policy: UploadPolicy, now: Int64) -> [UploadEffect] {
        guard let given = object else { return [] }
        object = nil
        if phase == .uploaded { phase = .ready(since: now) }
        return policy.propagatesRemovals ? [.remove(given.key, version: given.version, path: nil)] : []
    }

    /// Takes over a key under which another file's object was: that version may be replaced.
    mutating func takeKey(_ key: ObjectKey, with version: String) {
        known = KnownKey(key, .version(version))
    }
}
