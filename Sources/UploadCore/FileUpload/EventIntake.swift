/// The uploads that one transaction sees and changes.
public protocol UploadTable: AnyObject {
    func upload(of file: FileID) throws -> FileUpload?
    func upload(at path: SpoolPath) throws -> FileUpload?
    /// The next uploads below a directory, in the order of their paths; none behind the last one.
    /// - Parameter previous: the path of the last one that the call before returned.
    func uploads(below directory: SpoolPath, after previous: SpoolPath?) throws -> [FileUpload]
    func save(_ upload: FileUpload) throws
    func delete(_ upload: FileUpload) throws
    func carryOut(_ effects: [UploadEffect], now: Int64) throws
    /// Takes back a removal that has not begun, of the object that a file at `path` had.
    func cancelRemoval(at path: SpoolPath) throws -> FileUpload.StoredObject?
    /// Whether the file may change without an event.
    func setUnseen(_ file: FileID, _ isUnseen: Bool) throws
    /// Stores the number of the last exchange of names.
    /// - Returns: whether it is another one than before.
    func noteExchange(_ id: UInt64) throws -> Bool
}

/// Takes events apart into what they mean for each upload. What happens to one upload is decided by `FileUpload`.
public struct EventIntake: Sendable {
    public let policy: UploadPolicy

    public init(policy: UploadPolicy) {
        self.policy = policy
    }

    /// How far ahead of the present an event's time may be, in milliseconds: each has a time of its own, also in a burst of them.
    private static let aheadMax: Int64 = 60_000

    /// Takes in one event. What concerns a tree of files is done in steps, since it may take seconds.
    /// - Parameters:
    ///   - previous: what the step before returned.
    ///   - now: the present; an event that lies far ahead of it is of a clock that was set back since.
    /// - Returns: where the next step goes on; nil once the event has been taken in.
    public func take(_ event: FileEvent, into table: some UploadTable, after previous: SpoolPath? = nil, now: Int64) throws -> SpoolPath? {
        let time = min(event.time, Milliseconds.adding(Self.aheadMax, to: now))
        switch event.change {
        case .renamed(_, let source, let target, true, _):
            return try moveDirectory(from: source, to: target, at: time, in: table)
        case .control(let command, .directory(let directory)):
            return try change(below: directory, after: previous, in: table) { upload in
                let effects = upload.control(command, policy, now: time)
                try table.carryOut(effects, now: time)
            }
        case .priority(let priority, .directory(let directory)):
            return try change(below: directory, after: previous, in: table) { $0.setPriority(priority) }
        default:
            try takeAtOnce(event.change, at: time, into: table)
            return nil
        }
    }

    private func takeAtOnce(_ event: FileEvent.Change, at time: Int64, into table: some UploadTable) throws {
        switch event {
        case .contentWillChange(let file, let path, let unseen):
            try willChange(file, path, at: time, in: table)
            if unseen { try table.setUnseen(file, true) }
        case .contentMayChange(let file):
            try table.setUnseen(file, true)
        case .writersClosed(let file):
            try table.setUnseen(file, false)
        case .contentClosed(let file, let path, let content, let urgent):
            let upload = try table.upload(of: file) ?? (try adopted(file, path, at: time, in: table))
            try apply(.closed(path: path, content: content, urgent: urgent), to: upload, at: time, in: table)
        case .timesChanged(let file, let modified):
            guard let upload = try table.upload(of: file) else { return }
            try apply(.timesChanged(modified: modified), to: upload, at: time, in: table)
        case .renamed(_, let source, let target, _, let replaced):
            try moveFile(table.upload(at: source), to: target, replaced: replaced, at: time, in: table)
        case .exchanged(_, let first, let second, let id):
            try exchange(first, second, id: id, at: time, in: table)
        case .removed(let file, _):
            guard let upload = try table.upload(of: file) else { return }
            try remove(upload, keepingObject: false, at: time, in: table)
        case .control(let command, .file(let file)):
            guard var upload = try table.upload(of: file) else { return }
            let effects = upload.control(command, policy, now: time)
            try table.save(upload)
            try table.carryOut(effects, now: time)
        case .priority(let priority, .file(let file)):
            guard var upload = try table.upload(of: file) else { return }
            upload.setPriority(priority)
            try table.save(upload)
        case .control, .priority: break
        }
    }

    /// The content of a file is about to change.
    public func willChange(_ file: FileID, _ path: SpoolPath, at time: Int64, in table: some UploadTable) throws {
        if let known = try table.upload(of: file) {
            try apply(.willChange(path: path), to: known, at: time, in: table)
        } else {
            try table.save(adopted(file, path, at: time, in: table))
        }
    }

    /// A look at the spool found this file.
    /// - Returns: whether that changed anything.
    public func found(_ file: FileID, _ path: SpoolPath, _ content: Fingerprint, at time: Int64, in table: some UploadTable) throws -> Bool {
        let known = try table.upload(of: file)
        var upload = try known ?? adopted(file, path, at: time, in: table)
        let event: FileUpload.Event = known == nil ? .closed(path: path, content: content, urgent: false) : .found(path: path, content: content)
        let effects = upload.apply(event, policy, now: time)
        guard upload != known else { return false }
        try table.save(upload)
        try table.carryOut(effects, now: time)
        return true
    }

    /// Lets `taker` have a key that another file's object is under, when the two wait for each other.
    public func takeOver(_ key: ObjectKey, for taker: FileID, from occupants: [FileUpload], now: Int64, in table: some UploadTable) throws {
        guard var taker = try table.upload(of: taker), let version = occupants.compactMap({ $0.object?.version }).first else { return }
        for var occupant in occupants {
            let effects = occupant.releaseKey(policy, now: now)
            try table.save(occupant)
            try table.carryOut(effects, now: now)
        }
        if !policy.propagatesRemovals { taker.takeKey(key, with: version) }
        try table.save(taker)
    }

    // MARK: One upload

    private func adopted(_ file: FileID, _ path: SpoolPath, at time: Int64, in table: some UploadTable) throws -> FileUpload {
        var upload = FileUpload.new(file, at: path, now: time)
        if let object = try table.cancelRemoval(at: path) { _ = upload.apply(.inherits(object), policy, now: time) }
        return upload
    }

    private func apply(_ event: FileUpload.Event, to upload: FileUpload, at time: Int64, in table: some UploadTable) throws {
        var upload = upload
        let effects = upload.apply(event, policy, now: time)
        try table.save(upload)
        try table.carryOut(effects, now: time)
    }

    private func remove(_ upload: FileUpload, keepingObject: Bool, at time: Int64, in table: some UploadTable) throws {
        var upload = upload
        let effects = upload.apply(.removed(keepingObject: keepingObject), policy, now: time)
        try table.delete(upload)
        try table.carryOut(effects, now: time)
    }

    /// - Returns: where the next step goes on; nil behind the last upload.
    private func change(
        below directory: SpoolPath, after previous: SpoolPath?, in table: some UploadTable, _ change: (inout FileUpload) throws -> Void
    ) throws -> SpoolPath? {
        let uploads = try table.uploads(below: directory, after: previous)
        for upload in uploads {
            var changed = upload
            try change(&changed)
            if changed != upload { try table.save(changed) }
        }
        return uploads.last?.path
    }

    // MARK: Names

    /// - Parameter upload: nil for a file that was not known under its former name.
    public func moveFile(_ upload: FileUpload?, to target: SpoolPath, replaced: FileID?, at time: Int64, in table: some UploadTable) throws {
        var old: FileUpload?
        // Two names of one file cannot be, but replacing a file by itself must not forget it.
        if let replaced, replaced != upload?.file { old = try table.upload(of: replaced) }
        let inherits = upload != nil && upload?.object == nil && old?.object != nil && old?.unfinished == nil
        if let old { try remove(old, keepingObject: inherits, at: time, in: table) }
        guard var moved = upload else { return }
        if old == nil, moved.object == nil, let object = try table.cancelRemoval(at: target) {
            _ = moved.apply(.inherits(object), policy, now: time)
        }
        let effects = moved.apply(.moved(to: target, replacing: old), policy, now: time)
        try table.save(moved)
        try table.carryOut(effects, now: time)
    }

    /// - Returns: where the next step goes on: what has been moved is not below the source any more.
    private func moveDirectory(from source: SpoolPath, to target: SpoolPath, at time: Int64, in table: some UploadTable) throws -> SpoolPath? {
        // The kernel allows no such rename; a damaged journal may hold one.
        if source.contains(target) { return nil }
        let uploads = try table.uploads(below: source, after: nil)
        for upload in uploads {
            guard let path = upload.path.moved(from: source, to: target) else { return nil }
            try apply(.moved(to: path, replacing: nil), to: upload, at: time, in: table)
        }
        return uploads.last?.path
    }

    /// By way of a name that no file can have. Each side may be a file or a directory, and the table tells which.
    private func exchange(_ first: SpoolPath, _ second: SpoolPath, id: UInt64, at time: Int64, in table: some UploadTable) throws {
        guard try table.noteExchange(id) else { return }
        let between = SpoolPath(bytes: [0])
        for (source, target) in [(first, between), (second, first), (between, second)] {
            try moveFile(table.upload(at: source), to: target, replaced: nil, at: time, in: table)
            // In one step, because a second try would not know how far the first one came.
            while try moveDirectory(from: source, to: target, at: time, in: table) != nil {}
        }
    }
}
