@testable import UploadCore

/// A mount, a service and the line between them, as small as can be: some names, two inode numbers, contents that are numbers.
///
/// The file system's part reports what happens, the worker's part does what the engine does with a claimed upload, in steps of
/// one request, and the service does what it is asked to. Each step is one that a search can take or leave.
final class SearchWorld: UploadTable {
    enum Step: String, CaseIterable, Sendable {
        case writeA, writeB, close, renameAB, renameToPart, renameFromPart, exchange, removeA
        case claim, openSession, sendCommit, serviceCommits, response, lostResponse, refusal, expiry, diskFull
        case stop, kill, pause, resume, retry, cancel, remoteTask, time
    }

    struct Object: Hashable {
        let content: Int
        let version: Int
    }

    /// What the worker is doing with one upload.
    struct Attempt: Hashable {
        let file: FileID
        let generation: Int64
        let content: Int
        let key: ObjectKey
        let isMove: Bool
        /// A request that commits is on the line, and the service has not seen it.
        var isOnLine = false
        /// The object that the service made for it, whose response is on its way.
        var made: Object?
        /// Stopped: nothing more is sent, and only the response that is on its way counts.
        var isStopped = false
    }

    static let policy = UploadPolicy(settle: .seconds(1), hold: HoldRules(["*.part"]), propagatesRemovals: true)
    private static let (a, b, part) = (SpoolPath("a"), SpoolPath("b"), SpoolPath("a.part"))

    // The mount.
    var now: Int64 = 1000
    var names: [SpoolPath: FileID] = [:]
    var contents: [FileID: Int] = [:]
    var open: Set<FileID> = []
    var nextContent = 1
    var isPaused = false
    // The checkpoints.
    var uploads: [FileID: FileUpload] = [:]
    var tasks: [RemoteTask] = []
    var nextTask: Int64 = 1
    var lastExchange: UInt64 = 0
    // The service.
    var objects: [ObjectKey: Object] = [:]
    var sessions: [String: ObjectKey] = [:]
    var nextVersion = 1
    // The line.
    var attempts: [FileID: Attempt] = [:]
    /// Requests of a process that was killed, which the service may still see.
    var strays: [Attempt] = []
    /// What broke a rule, if anything did.
    var violation: String?

    init() {}

    init(copying other: SearchWorld) {
        (now, names, contents, open, nextContent, isPaused) = (other.now, other.names, other.contents, other.open, other.nextContent, other.isPaused)
        (uploads, tasks, nextTask, lastExchange) = (other.uploads, other.tasks, other.nextTask, other.lastExchange)
        (objects, sessions, nextVersion, attempts, strays) = (other.objects, other.sessions, other.nextVersion, other.attempts, other.strays)
        violation = other.violation
    }

    /// Tells two worlds apart that go on differently.
    var fingerprint: String {
        let rows = uploads.values.sorted { $0.file.inode < $1.file.inode }
        let line = attempts.values.sorted { $0.file.inode < $1.file.inode }
        let service = objects.map { "\($0.key.text)\($0.value)" }.sorted() + sessions.keys.sorted()
        let mount = names.map { "\($0.key)\($0.value.inode)" }.sorted() + open.map { "\($0.inode)" }.sorted()
        return "\(now)\(rows)\(tasks)\(line)\(strays)\(service)\(mount)\(contents.map { "\($0.key.inode)\($0.value)" }.sorted())"
    }

    // MARK: Steps

    /// - Returns: false where the step is not possible now.
    func take(_ step: Step) throws -> Bool {
        switch step {
        case .writeA: return try write(Self.a)
        case .writeB: return try write(Self.b)
        case .close: return try close()
        case .renameAB: return try rename(Self.a, Self.b)
        case .renameToPart: return try rename(Self.a, Self.part)
        case .renameFromPart: return try rename(Self.part, Self.a)
        case .exchange: return try exchange()
        case .removeA: return try remove(Self.a)
        case .claim: return try claim()
        case .openSession: return try openSession()
        case .sendCommit: return try sendCommit()
        case .serviceCommits: return serviceCommits()
        case .response: return try respond()
        case .lostResponse: return try fail(UploadError(.connectionLost, "lost"), onlyOnLine: true)
        case .refusal: return try fail(UploadError(.forbidden, "no"), onlyOnLine: false)
        case .expiry: return expire()
        case .diskFull: return dropAttempt()
        case .stop: return try stop()
        case .kill: return kill()
        case .pause: return try control(.pause)
        case .resume: return try control(.resume)
        case .retry: return try control(.retry)
        case .cancel: return try control(.cancel)
        case .remoteTask: return try runTask()
        case .time:
            now += 2000
            return true
        }
    }

    private func report(_ change: FileEvent.Change) throws {
        now += 1
        let intake = EventIntake(policy: Self.policy)
        var previous: SpoolPath?
        repeat { previous = try intake.take(FileEvent(time: now, change: change), into: self, after: previous, now: now) } while previous != nil
    }

    private func write(_ path: SpoolPath) throws -> Bool {
        let file: FileID
        if let existing = names[path] {
            file = existing
        } else {
            // Inode numbers are used again at once.
            guard let free = [FileID(inode: 1), FileID(inode: 2)].first(where: { !names.values.contains($0) }) else { return false }
            file = free
            names[path] = file
        }
        guard !open.contains(file) else { return false }
        open.insert(file)
        contents[file] = nextContent
        nextContent += 1
        try report(.contentWillChange(file, path: path, unseen: false))
        stopAttempt(of: file)
        return true
    }

    private func close() throws -> Bool {
        guard let file = open.min(by: { $0.inode < $1.inode }), let path = path(of: file), let content = contents[file] else { return false }
        open.remove(file)
        try report(.contentClosed(file, path: path, content: Fingerprint(size: 100, modified: Int64(content)), urgent: false))
        return true
    }

    private func rename(_ source: SpoolPath, _ target: SpoolPath) throws -> Bool {
        guard let file = names[source] else { return false }
        let replaced = names[target]
        names[source] = nil
        names[target] = file
        if let replaced { forget(replaced) }
        try report(.renamed(file, from: source, to: target, isDirectory: false, replaced: replaced))
        if let replaced { stopAttempt(of: replaced) }
        return true
    }

    private func exchange() throws -> Bool {
        guard let first = names[Self.a], let second = names[Self.b] else { return false }
        (names[Self.a], names[Self.b]) = (second, first)
        try report(.exchanged(first, Self.a, Self.b, id: lastExchange + 1))
        return true
    }

    private func remove(_ path: SpoolPath) throws -> Bool {
        guard let file = names.removeValue(forKey: path) else { return false }
        forget(file)
        try report(.removed(file, path: path))
        stopAttempt(of: file)
        return true
    }

    private func forget(_ file: FileID) {
        open.remove(file)
        contents[file] = nil
    }

    /// A request that commits is not cut, since its response tells of an object.
    private func stopAttempt(of file: FileID) {
        guard let attempt = attempts[file] else { return }
        if attempt.isOnLine || attempt.made != nil {
            attempts[file]?.isStopped = true
        } else {
            attempts[file] = nil
            end(file, .stopped, attempt.generation)
        }
    }

    private func path(of file: FileID) -> SpoolPath? { names.first { $0.value == file }?.key }

    private func control(_ command: ControlCommand) throws -> Bool {
        guard !uploads.isEmpty else { return false }
        try report(.control(command, .directory(.root)))
        if command == .pause || command == .cancel { for file in attempts.keys.sorted(by: { $0.inode < $1.inode }) { stopAttempt(of: file) } }
        return true
    }

    // MARK: The engine

    private static func key(_ path: SpoolPath) -> ObjectKey { ObjectKey(path.description) }

    private func claim() throws -> Bool {
        for file in uploads.keys.sorted(by: { $0.inode < $1.inode }) where attempts[file] == nil {
            guard var upload = uploads[file], let assignment = upload.claim(now: now) else { continue }
            uploads[file] = upload
            // What a former attempt sent has reached the service by the time of the next one, or never will.
            while let index = strays.firstIndex(where: { $0.file == file }) { _ = execute(strays.remove(at: index)) }
            try begin(file, assignment)
            return true
        }
        return false
    }

    private func begin(_ file: FileID, _ assignment: FileUpload.Assignment) throws {
        guard let upload = uploads[file], let content = contents[file] else { return }
        // The worker compares the file with its row before it sends anything.
        if Int(upload.content.modified) != content {
            if open.contains(file) { return end(file, .postponed(delay: 100), upload.generation) }
            let fingerprint = Fingerprint(size: 100, modified: Int64(content))
            _ = try EventIntake(policy: Self.policy).found(file, upload.path, fingerprint, at: now, in: self)
            return
        }
        let key = Self.key(upload.path)
        switch assignment {
        case .move(let source, _):
            if source == key {
                let isPending = upload.unfinished?.pendingCommit != nil && upload.unfinished?.key != key
                let hasStayed = !isPending || objects[key].map { "\($0.version)" } == upload.object?.version
                return end(file, hasStayed ? .inPlace : .couldNotMove, upload.generation)
            }
            if try isBusy(key, for: file) { return end(file, .postponed(delay: 100, countsAsAttempt: true), upload.generation) }
            attempts[file] = Attempt(file: file, generation: upload.generation, content: Int(upload.content.modified), key: key, isMove: true)
        case .upload:
            let own = upload.unfinished?.key ?? key
            try inheritRemoval(at: own, for: file)
            if try isBusy(own, for: file) { return end(file, .postponed(delay: 100, countsAsAttempt: true), upload.generation) }
            // A request without a response: the service is asked first.
            if upload.unfinished?.pendingCommit != nil, let found = objects[own], found.content == Int(upload.content.modified) {
                return end(file, .committed(remote(found), key: own, isFromResponse: false), upload.generation)
            }
            attempts[file] = Attempt(file: file, generation: upload.generation, content: Int(upload.content.modified), key: own, isMove: false)
        }
    }

    private func isBusy(_ key: ObjectKey, for file: FileID) throws -> Bool {
        let others = uploads.values.filter { $0.file != file }
        let occupants = others.filter { $0.object?.key == key }
        let isBusy =
            !occupants.isEmpty || others.contains { $0.unfinished?.key == key } || tasks.contains { $0.key == key && $0.occupiesKey }
            || attempts.values.contains { $0.key == key && $0.file != file && ($0.isOnLine || $0.made != nil) }
        guard isBusy, let upload = uploads[file] else { return false }
        let isSwap = occupants.contains { upload.object != nil && Self.key($0.path) == upload.object?.key }
        if isSwap || upload.attempts > 20 {
            try EventIntake(policy: Self.policy).takeOver(key, for: file, from: occupants, now: now, in: self)
        }
        return true
    }

    private func inheritRemoval(at key: ObjectKey, for file: FileID) throws {
        guard var upload = uploads[file], upload.object == nil else { return }
        for task in tasks {
            guard case .remove(key, let version, _) = task.work else { continue }
            upload.object = FileUpload.StoredObject(key: key, version: version, generation: nil)
            tasks.removeAll { $0.id == task.id }
        }
        uploads[file] = upload
    }

    private func remote(_ object: Object) -> RemoteObject {
        RemoteObject(
            id: nil, version: "\(object.version)", etag: nil, size: 100,
            digest: ContentDigest(algorithm: .md5, bytes: [UInt8(truncatingIfNeeded: object.content)]))
    }

    private func checksum(_ content: Int) -> String { ContentDigest(algorithm: .md5, bytes: [UInt8(truncatingIfNeeded: content)]).description }

    private func end(_ file: FileID, _ outcome: FileUpload.Outcome, _ generation: Int64) {
        guard var upload = uploads[file] else {
            add(outcome.effectsIfRemoved(Self.policy))
            return
        }
        let effects = upload.ended(outcome, generation: generation, Self.policy, keyOf: Self.key, now: now, wallClock: now)
        uploads[file] = upload
        add(effects)
    }

    private func add(_ effects: [UploadEffect]) { carryOut(effects, now: now) }

    /// A session that is stored before its first byte leaves.
    private func openSession() throws -> Bool {
        for (file, attempt) in attempts.sorted(by: { $0.key.inode < $1.key.inode }) where !attempt.isMove && !attempt.isOnLine && attempt.made == nil
        {
            guard !attempt.isStopped, let upload = uploads[file], upload.unfinished?.session == nil else { continue }
            let handle = "s\(nextVersion)"
            nextVersion += 1
            sessions[handle] = attempt.key
            let step = FileUpload.Step.opened(UploadSession(handle: handle, expiresAt: nil), key: attempt.key, knowledge: .absent)
            if !take(step, attempt) { attempts[file] = nil }
            return true
        }
        return false
    }

    private func take(_ step: FileUpload.Step, _ attempt: Attempt) -> Bool {
        guard var upload = uploads[attempt.file], let effects = upload.take(step, generation: attempt.generation) else {
            add(step.effectsIfRefused)
            return false
        }
        uploads[attempt.file] = upload
        add(effects)
        return true
    }

    private func sendCommit() throws -> Bool {
        for (file, attempt) in attempts.sorted(by: { $0.key.inode < $1.key.inode })
        where !attempt.isOnLine && attempt.made == nil && !attempt.isStopped {
            let sum = attempt.isMove ? uploads[file]?.object?.checksum ?? "" : checksum(attempt.content)
            guard take(.willCommit(key: attempt.key, checksum: sum, reservation: nil), attempt) else {
                attempts[file] = nil
                return true
            }
            attempts[file]?.isOnLine = true
            return true
        }
        return false
    }

    private func serviceCommits() -> Bool {
        if let stray = strays.first {
            strays.removeFirst()
            _ = execute(stray)
            return true
        }
        for (file, attempt) in attempts.sorted(by: { $0.key.inode < $1.key.inode }) where attempt.isOnLine {
            attempts[file]?.isOnLine = false
            attempts[file]?.made = execute(attempt)
            if attempts[file]?.made == nil { attempts[file] = nil; end(file, .couldNotMove, attempt.generation) }
            return true
        }
        return false
    }

    /// - Returns: nil where the service refuses.
    private func execute(_ attempt: Attempt) -> Object? {
        let object = Object(content: attempt.content, version: nextVersion)
        nextVersion += 1
        if attempt.isMove {
            guard let source = uploads[attempt.file]?.object?.key, let former = objects[source], former.content == attempt.content else {
                return objects[attempt.key].flatMap { $0.content == attempt.content ? $0 : nil }
            }
            objects[source] = nil
        } else if let session = sessions.first(where: { $0.value == attempt.key && uploads[attempt.file]?.unfinished?.session?.handle == $0.key }) {
            sessions[session.key] = nil
        }
        objects[attempt.key] = object
        return object
    }

    private func respond() throws -> Bool {
        for (file, attempt) in attempts.sorted(by: { $0.key.inode < $1.key.inode }) {
            guard let made = attempt.made else { continue }
            attempts[file] = nil
            let outcome: FileUpload.Outcome =
                attempt.isMove ? .moved(remote(made), key: attempt.key) : .committed(remote(made), key: attempt.key, isFromResponse: true)
            end(file, outcome, attempt.generation)
            return true
        }
        return false
    }

    private func fail(_ error: UploadError, onlyOnLine: Bool) throws -> Bool {
        for (file, attempt) in attempts.sorted(by: { $0.key.inode < $1.key.inode }) {
            let isPending = attempt.isOnLine || attempt.made != nil
            guard isPending == onlyOnLine else { continue }
            attempts[file] = nil
            if attempt.isOnLine { strays.append(attempt) }
            let facts = FileUpload.Facts(
                known: nil, sessionIsLost: false,
                commitIsPending: isPending || uploads[file]?.unfinished?.pendingCommit != nil && !onlyOnLine)
            end(file, attempt.isStopped ? .stopped : .failed(error, facts, random: 0), attempt.generation)
            return true
        }
        return false
    }

    /// The service drops a session. The next attempt is told so.
    private func expire() -> Bool {
        guard let handle = sessions.keys.min() else { return false }
        sessions[handle] = nil
        for var upload in uploads.values where upload.unfinished?.session?.handle == handle && attempts[upload.file] == nil {
            guard let session = upload.unfinished?.session else { continue }
            add(upload.take(.abandoned(session), generation: upload.generation) ?? [])
            uploads[upload.file] = upload
        }
        return true
    }

    /// What an attempt came to cannot be stored, and the attempt is tried again later.
    private func dropAttempt() -> Bool {
        guard let (file, attempt) = attempts.min(by: { $0.key.inode < $1.key.inode }) else { return false }
        attempts[file] = nil
        if attempt.isOnLine { strays.append(attempt) }
        end(file, .stopped, attempt.generation)
        return true
    }

    private func stop() throws -> Bool {
        guard !attempts.isEmpty else { return false }
        // At SIGTERM what is on the line is cut, and nothing is stored.
        return kill()
    }

    private func kill() -> Bool {
        strays += attempts.values.filter(\.isOnLine).sorted { $0.file.inode < $1.file.inode }
        attempts = [:]
        for var upload in uploads.values {
            add(upload.restarted(Self.policy, now: now))
            uploads[upload.file] = upload
        }
        for index in tasks.indices { tasks[index].restarted(now: now) }
        open = []
        return true
    }

    /// Whether an upload to the key has not left the engine.
    private func isOccupied(_ key: ObjectKey) -> Bool {
        attempts.values.contains { $0.key == key && ($0.isOnLine || $0.made != nil) }
    }

    private func runTask() throws -> Bool {
        guard let index = tasks.firstIndex(where: { ($0.runnableAt ?? .max) <= now }) else { return false }
        var task = tasks[index]
        var outcome = RemoteTask.Outcome.done
        switch task.work {
        case .abort(let session): sessions[session.handle] = nil
        case .remove(let key, let version, _), .discard(let key, let version):
            if isOccupied(key) {
                outcome = .postponed(delay: 100)
            } else if let object = objects[key], "\(object.version)" == version {
                objects[key] = nil
            }
        case .removeUnconfirmed(let key, let sum, _):
            if isOccupied(key) {
                outcome = .postponed(delay: 100)
            } else if let object = objects[key], checksum(object.content) == sum {
                objects[key] = nil
            } else {
                outcome = .notFound
            }
        case .dropOrphaned: break
        }
        if task.ended(outcome, now: now) { tasks[index] = task } else { tasks.remove(at: index) }
        return true
    }

    // MARK: The table

    func upload(of file: FileID) -> FileUpload? { uploads[file] }
    func upload(at path: SpoolPath) -> FileUpload? { uploads.values.first { $0.path == path } }
    func save(_ upload: FileUpload) { uploads[upload.file] = upload }
    func delete(_ upload: FileUpload) { uploads[upload.file] = nil }
    func setUnseen(_ file: FileID, _ isUnseen: Bool) {}

    func uploads(below directory: SpoolPath, after previous: SpoolPath?) -> [FileUpload] {
        uploads.values.filter { upload in
            let isBehind = previous.map { $0.bytes.lexicographicallyPrecedes(upload.path.bytes) } ?? true
            return isBehind && directory.contains(upload.path) && upload.path != directory
        }.sorted { $0.path.bytes.lexicographicallyPrecedes($1.path.bytes) }
    }

    func noteExchange(_ id: UInt64) -> Bool {
        defer { lastExchange = id }
        return id != lastExchange
    }

    func carryOut(_ effects: [UploadEffect], now: Int64) {
        for effect in effects {
            if case .confirmed(let key) = effect {
                tasks.removeAll { if case .removeUnconfirmed(key, _, _) = $0.work { true } else { false } }
            } else if var task = RemoteTask(effect, Self.policy, now: now) {
                task.id = nextTask
                nextTask += 1
                tasks.append(task)
            }
        }
    }

    func cancelRemoval(at path: SpoolPath) -> FileUpload.StoredObject? {
        for task in tasks.reversed() {
            guard case .remove(let key, let version, path) = task.work else { continue }
            tasks.removeAll { $0.id == task.id }
            return FileUpload.StoredObject(key: key, version: version, generation: nil)
        }
        return nil
    }
}
