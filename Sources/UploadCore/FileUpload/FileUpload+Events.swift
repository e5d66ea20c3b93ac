/// What the file system reports.
extension FileUpload {
    /// What happened to one file. Events that concern two files, or a tree of them, are taken apart by `EventIntake`.
    public enum Event: Sendable, Equatable {
        /// The content is about to change for the first time since the last close.
        case willChange(path: SpoolPath)
        case closed(path: SpoolPath, content: Fingerprint, urgent: Bool)
        /// The time of modification was set without touching the content.
        case timesChanged(modified: Int64)
        /// It has another name now. `replacing`: what had that name before.
        case moved(to: SpoolPath, replacing: FileUpload?)
        /// It gets the object that a removed file had under its name.
        case inherits(StoredObject)
        /// Its last name is gone. `keepingObject`: a successor has the object, or the options say so.
        case removed(keepingObject: Bool)
        /// A look at the spool found it with this content, which no event has reported.
        case found(path: SpoolPath, content: Fingerprint)
    }

    /// A file that no one has heard of yet.
    /// - Parameter now: also its first generation: inode numbers are used again, and what is still under way for a removed
    ///   file must not count for its successor.
    package static func new(_ file: FileID, at path: SpoolPath, now: Int64) -> FileUpload {
        FileUpload(file: file, path: path, content: Fingerprint(size: 0, modified: 0), generation: max(now, 1), phase: .open)
    }

    public mutating func apply(_ event: Event, _ policy: UploadPolicy, now: Int64) -> [UploadEffect] {
        switch event {
        case .willChange(let path):
            return willChange(path)
        case .closed(let path, let content, let urgent):
            self.path = path
            self.content = content
            isUrgent = urgent
            return settle(policy, now: now)
        case .timesChanged(let modified):
            content = Fingerprint(size: content.size, modified: modified)
            return []
        case .moved(let target, let replaced):
            return move(to: target, replacing: replaced, policy, now: now)
        case .inherits(let object):
            guard self.object == nil else { return [] }
            self.object = object
            self.object?.generation = nil
            return []
        case .removed(let keepingObject):
            return dropUnfinished() + (keepingObject ? [] : removeObject(policy, of: path))
        case .found(let path, let content):
            return found(path, content, policy, now: now)
        }
    }

    private mutating func willChange(_ path: SpoolPath) -> [UploadEffect] {
        self.path = path
        advanceGeneration()
        phase = .open
        isUrgent = false
        failures = 0
        return dropUnfinished()
    }

    /// Generations come from the database, too: the last of them has no successor, and begins again at the first.
    mutating func advanceGeneration() {
        generation = generation == .max ? 1 : generation + 1
    }

    /// Lets the quiet time begin, unless the name says that the file is not meant to be uploaded under it.
    mutating func settle(_ policy: UploadPolicy, now: Int64) -> [UploadEffect] {
        failures = 0
        guard policy.holds(path) else {
            phase = isUrgent ? .ready(since: now) : .settling(until: policy.settled(now))
            return []
        }
        phase = .temporary(until: Milliseconds.adding(Milliseconds.of(UploadPolicy.holdMax), to: now))
        return dropUnfinished() + removeObject(policy, of: path)
    }

    private mutating func move(to target: SpoolPath, replacing replaced: FileUpload?, _ policy: UploadPolicy, now: Int64) -> [UploadEffect] {
        var effects: [UploadEffect] = []
        // While something is being sent for the replaced file, no one can say which version is there.
        if let replaced, object == nil, replaced.unfinished == nil, let inherited = replaced.object {
            object = inherited
            object?.generation = nil
        }
        let former = path
        path = target
        known = nil
        // The object stays where it is, and is no one's from now on.
        if !policy.propagatesRemovals, object?.generation != nil { object = nil }
        switch phase {
        case .open, .fragment:
            // Neither is whole under its new name before a close or its owner says so; nothing is left under the former one.
            effects += dropUnfinished() + removeObject(policy, of: former)
        case .sending where !policy.holds(target):
            // The attempt goes on under the former name, and the object follows when it is there.
            break
        case .sending, .temporary, .settling, .ready, .backingOff, .failed, .uploaded:
            isUrgent = false
            if policy.holds(target) { effects += removeObject(policy, of: former) }
            effects += settle(policy, now: now)
        }
        return effects
    }

    /// After a power cut, or the loss of the journal or of the database.
    private mutating func found(_ path: SpoolPath, _ content: Fingerprint, _ policy: UploadPolicy, now: Int64) -> [UploadEffect] {
        let effects = path == self.path ? [] : move(to: path, replacing: nil, policy, now: now)
        switch phase {
        case .open, .fragment, .temporary: return effects
        case .settling, .ready, .sending, .backingOff, .failed, .uploaded: break
        }
        guard self.content != content else { return effects }
        let dropped = dropUnfinished()
        advanceGeneration()
        self.content = content
        // No one reported this content, and so no one waits for it.
        isUrgent = false
        return effects + dropped + settle(policy, now: now)
    }

    // MARK: What is at the service

    /// Forgets the session, and what a request without a response may have made; the effects end both.
    mutating func dropUnfinished(keeping kept: ObjectKey? = nil) -> [UploadEffect] {
        guard let dropped = unfinished else { return [] }
        unfinished = nil
        var effects: [UploadEffect] = []
        if let session = dropped.session { effects.append(.abort(session)) }
        if let checksum = dropped.pendingCommit, dropped.key != kept {
            effects.append(.removeUnconfirmed(dropped.key, checksum: checksum, reservation: dropped.reservation))
        }
        return effects
    }

    /// Nothing is left at the service under the name that the file had.
    /// - Parameter path: a new file that gets this name can inherit the object.
    mutating func removeObject(_ policy: UploadPolicy, of path: SpoolPath?) -> [UploadEffect] {
        guard let object else { return [] }
        self.object = nil
        return policy.propagatesRemovals ? [.remove(object.key, version: object.version, path: path)] : []
    }
}
