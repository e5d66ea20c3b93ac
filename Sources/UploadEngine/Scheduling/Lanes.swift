import Checkpoints
import Logging
import UploadCore
import Uploading

/// Runs uploads side by side: each lane takes the most urgent due upload, runs it, and takes the next.
///
/// A large file does not keep small ones waiting: between two of its parts its lane runs the small ones that are due.
struct Lanes: Sendable {
    let worker: UploadWorker
    let store: CheckpointStore
    let active: ActiveUploads
    /// Signalled when something may have become due.
    let due: Wakeup
    /// Signalled when a row changed.
    let changes: Wakeup
    /// Files up to this size count as small, in bytes.
    let smallMax: Int64
    let logger: Logger

    /// Runs `count` lanes until the task is cancelled, and returns when the last upload has stopped.
    func run(_ count: Int) async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                group.addTask { await runLane() }
            }
        }
    }

    private func runLane() async {
        while !Task.isCancelled {
            let version = due.version
            do {
                if let record = try store.claim(limit: 1, now: Milliseconds.now()).first {
                    await run(record) { await runSmallOnes() }
                    continue
                }
                let wait = try store.nextDue().map { Duration.milliseconds(max($0 - Milliseconds.now(), 1)) }
                await due.wait(after: version, atMost: wait)
            } catch {
                logger.error("the checkpoint database failed", metadata: ["error": "\(error)"])
                await due.wait(after: version, atMost: .seconds(5))
            }
        }
    }

    private func runSmallOnes() async {
        while !Task.isCancelled,
            let record = try? store.claim(limit: 1, now: Milliseconds.now(), sizeMax: smallMax).first
        {
            await run(record) {}
        }
    }

    private func run(_ record: UploadRecord, betweenParts: @escaping @Sendable () async -> Void) async {
        let ticket = Ticket()
        let upload = ActiveUploads.Upload(file: record.file, generation: record.generation, ticket: ticket)
        guard active.insert(upload) else { return putBack(record) }
        // A task of its own, so that stopping one upload does not stop the lane.
        let task = Task { await worker.run(record, ticket, betweenParts: betweenParts) }
        ticket.attach(task)
        await task.value
        active.remove(upload)
        changes.signal()
        // The upload may have left an object or a session to be removed.
        if (try? store.remoteTaskCount()) ?? 0 > 0 { due.signal() }
    }

    /// How long the upload of a changed file waits for the answer to the last request of the one before, in milliseconds.
    private static let formerDelay: Int64 = 50

    private func putBack(_ record: UploadRecord) {
        do {
            try store.update(record.file, generation: record.generation) { row in
                guard row.state == .uploading else { return }
                row.state = .queued
                row.attempts -= 1
                row.runnableAt = Milliseconds.now() + Self.formerDelay
            }
        } catch {
            logger.error("the checkpoint database failed", metadata: ["error": "\(error)"])
        }
    }
}
