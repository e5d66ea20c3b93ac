import Checkpoints
import Logging
import UploadCore
import Uploading

/// Carries out what is left to do at the service for files that are gone: aborts and removals, until they are confirmed.
struct RemoteTaskRunner: Sendable {
    private static let batchMax = 16
    /// How long a removal waits while an upload to its key runs, in milliseconds.
    private static let busyDelay: Int64 = 100
    /// How long a session that may be an orphan is left alone while another is being opened under its key, in milliseconds.
    private static let openingDelay: Int64 = 1000

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
                let tasks = try await store.run { try $0.runnableTasks(now: EngineClock.now(), limit: Self.batchMax) }
                if tasks.isEmpty {
                    let wait = try await store.run { try $0.nextTask() }.map { Duration.milliseconds(max($0 - EngineClock.now(), 50)) }
                    await due.wait(after: version, atMost: wait)
                    continue
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for task in tasks {
                        group.addTask {
                            guard let outcome = await outcome(of: task) else { return }
                            try await store.run { try $0.ended(task, outcome, now: EngineClock.now()) }
                        }
                    }
                    try await group.waitForAll()
                }
                changes.signal()
                // A file may wait for the key.
                due.signal()
            } catch {
                logger.error("The outcome of a remote task could not be stored", metadata: ["error": "\(error)"])
                await due.wait(after: version, atMost: .seconds(5))
            }
        }
    }

    /// - Returns: nil where the process is about to end.
    private func outcome(of task: RemoteTask) async -> RemoteTask.Outcome? {
        do {
            return try await carryOut(task)
        } catch let error as UploadError {
            if Task.isCancelled { return nil }
            logger.notice("A remote task failed and will be retried", metadata: ["code": "\(error.code.rawValue)", "error": "\(error.sentence)"])
            return .failed(error, random: Double.random(in: 0...1))
        } catch is CancellationError {
            return nil
        } catch {
            return .failed(UploadError(storing: error), random: 1)
        }
    }

    private func carryOut(_ task: RemoteTask) async throws -> RemoteTask.Outcome {
        switch task.work {
        case .abort(let session):
            try await abort(session)
        case .remove(let key, let version, _), .discard(let key, let version):
            return try await removing(task, at: key) {
                try await backend.remove(key, version: version)
                return .done
            }
        case .removeUnconfirmed(let key, let checksum, let reservation):
            return try await removing(task, at: key) {
                guard let object = try await backend.find(key), isMade(object, checksum, reservation) else { return .notFound }
                try await backend.remove(key, version: object.version)
                return .done
            }
        case .dropOrphaned(let begin):
            let dropped = try await OrphanedSessions(backend: backend).drop(begin) { try await store.run { try $0.knownSessions(of: begin.key) } }
            guard let dropped else { return .postponed(delay: Self.openingDelay) }
            // A request whose sender was killed may still be on its way through the service.
            if dropped == 0 { return .notFound }
        }
        return .done
    }

    private func abort(_ session: UploadSession) async throws(UploadError) {
        do {
            try await backend.abort(session)
        } catch {
            // Otherwise it is gone, or nothing can be sent to it.
            if error.code != .sessionGone { throw error }
        }
    }

    /// While an upload to the key runs, its own request may make the object, and its outcome may be about to be stored.
    private func removing(_ task: RemoteTask, at key: ObjectKey, _ body: () async throws -> RemoteTask.Outcome) async throws -> RemoteTask.Outcome {
        let outcome = try await active.removing(key) {
            // An upload may have inherited or confirmed the object since the task was read.
            try await store.run { try $0.isLeft(task) } ? try await body() : .done
        }
        return outcome ?? .postponed(delay: Self.busyDelay)
    }

    /// Whether the object is the one that a request without a response would have made: by its digest, or, where there is none to
    /// compare, by the identity that was chosen for it.
    private func isMade(_ object: RemoteObject, _ checksum: String, _ reservation: String?) -> Bool {
        if let digest = object.digest?.description {
            if digest == checksum { return true }
            // Another content; unless the two are of different algorithms, which says nothing.
            if digest.utf8.prefix(while: { $0 != UInt8(ascii: ":") }).elementsEqual(checksum.utf8.prefix { $0 != UInt8(ascii: ":") }) { return false }
        }
        return reservation != nil && object.reservation == reservation
    }
}
