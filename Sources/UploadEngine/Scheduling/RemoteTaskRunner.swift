import Checkpoints
import Logging
import UploadCore
import Uploading

/// Carries out what is left to do at the service for files that are gone: aborts and removals, until they are confirmed.
struct RemoteTaskRunner: Sendable {
    private static let batchMax = 16
    /// How long an unconfirmed object is left alone while its request is under way, in milliseconds.
    private static let answerDelay: Int64 = 100
    /// How long a session that may be an orphan is left alone while another is being opened under its key, in milliseconds.
    private static let openingDelay: Int64 = 1000
    /// After how many milliseconds something is looked for again: a service may be slow to make what a killed process had asked for.
    private static let lookDelays: [Int64] = [1000, 5000, 30_000, 120_000]

    let backend: any UploadBackend
    let store: CheckpointStore
    let active: ActiveUploads
    let due: Wakeup
    let changes: Wakeup
    let logger: Logger

    func run() async {
        while !Task.isCancelled {
            let version = due.version
            do {
                let tasks = try store.dueRemoteTasks(now: Milliseconds.now(), limit: Self.batchMax)
                if tasks.isEmpty {
                    let wait = try store.nextDue().map { Duration.milliseconds(max($0 - Milliseconds.now(), 50)) }
                    await due.wait(after: version, atMost: wait)
                    continue
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for task in tasks { group.addTask { try await carryOut(task) } }
                    try await group.waitForAll()
                }
                changes.signal()
            } catch {
                logger.error("remote work could not be recorded", metadata: ["error": "\(error)"])
                await due.wait(after: version, atMost: .seconds(5))
            }
        }
    }

    /// Whether the object is the one that a request without an answer would have made.
    private func isMade(_ object: RemoteObject, _ checksum: String, _ reservation: String?) -> Bool {
        if let digest = object.digest { return digest.description == checksum }
        return reservation != nil && object.reservation == reservation
    }

    /// When to look again for what was not there; nil once it has been looked for often enough.
    private func nextLook(_ task: RemoteTask) -> Int64? {
        task.failures < Self.lookDelays.count ? Milliseconds.now() + Self.lookDelays[task.failures] : nil
    }

    private func carryOut(_ task: RemoteTask) async throws {
        do {
            switch task.work {
            case .abort(let session): try await backend.abort(session)
            case .remove(let key, let version): try await backend.remove(key, version: version)
            case .removeUnconfirmed(let key, let checksum, let reservation):
                if active.all.contains(where: { $0.ticket.key == key }) {
                    // The request's own answer may still come, or has come and is about to be stored.
                    return try store.postpone(task, until: Milliseconds.now() + Self.answerDelay)
                }
                // An upload that has just ended may have confirmed the object since the task was read.
                guard try store.isLeft(task) else { return }
                if let object = try await backend.find(key), isMade(object, checksum, reservation) {
                    try await backend.remove(key, version: object.version)
                } else if let time = nextLook(task) {
                    // A request whose sender was killed may still be on its way through the service.
                    return try store.lookAgain(task, at: time)
                }
            case .dropOrphaned(let begin):
                let dropped = try await OrphanedSessions(backend: backend).drop(begin) { try store.knownSessions(of: begin.key) }
                guard let dropped else { return try store.postpone(task, until: Milliseconds.now() + Self.openingDelay) }
                if dropped == 0, let time = nextLook(task) { return try store.lookAgain(task, at: time) }
            }
            try store.finished(task)
        } catch let error as UploadError {
            if Task.isCancelled { return }
            logger.notice("remote work failed and will be tried again", metadata: ["code": "\(error.code.rawValue)", "error": "\(error.sentence)"])
            // It is tried for ever, also after errors that look permanent: an orphan costs money, a question does not.
            let backoff = error.disposition == .transient ? Backoff.transient : Backoff.needsRepair
            let delay = backoff.delay(failures: task.failures + 1, retryAfter: error.retryAfter, random: Double.random(in: 0...1))
            try store.postpone(task, until: Milliseconds.now() + Milliseconds.of(delay), error: error)
        }
    }
}
