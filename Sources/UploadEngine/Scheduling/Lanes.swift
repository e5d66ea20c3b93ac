import Checkpoints
import Logging
import NIOConcurrencyHelpers
import UploadCore
import Uploading

/// Runs uploads side by side: each lane claims the upload that is to go next, runs it, and claims the next one.
///
/// Large and small files share a lane evenly: after each part of a large file its lane runs small ones for as long as the part took.
struct Lanes: Sendable {
    let worker: UploadWorker
    let store: CheckpointStore
    let active: ActiveUploads
    /// Signalled when something may have become due.
    let due: Wakeup
    /// Signalled when a row changed.
    let changes: Wakeup
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
                if let (upload, _) = try await store.run({ try $0.claim(now: EngineClock.now()) }) {
                    let turn = SmallTurn()
                    await run(upload) { await runSmallOnes(turn) }
                    continue
                }
                let wait = try await store.run { try $0.nextClaim() }.map { Duration.milliseconds(max($0 - EngineClock.now(), 1)) }
                await due.wait(after: version, atMost: wait)
            } catch {
                logger.error("The checkpoint database failed", metadata: ["error": "\(error)"])
                await due.wait(after: version, atMost: .seconds(5))
            }
        }
    }

    /// When the part that is being sent began.
    private final class SmallTurn: Sendable {
        private let partBegan = NIOLockedValueBox(ContinuousClock.now)

        func takeDeadline() -> ContinuousClock.Instant {
            let now = ContinuousClock.now
            return partBegan.withLockedValue { now + $0.duration(to: now) }
        }

        func end() {
            partBegan.withLockedValue { $0 = .now }
        }
    }

    private func runSmallOnes(_ turn: SmallTurn) async {
        let deadline = turn.takeDeadline()
        while !Task.isCancelled, ContinuousClock.now < deadline,
            let (upload, _) = try? await store.run({ try $0.claim(.small, now: EngineClock.now()) })
        {
            await run(upload) {}
        }
        turn.end()
    }

    private func run(_ claimed: FileUpload, betweenParts: @escaping @Sendable () async -> Void) async {
        let ticket = Ticket()
        let upload = ActiveUploads.Upload(
            file: claimed.file, generation: claimed.generation, ticket: ticket, confirmedBefore: claimed.confirmed)
        guard active.insert(upload) else {
            // The upload of the former content waits for the response to its last request.
            return await keep(.postponed(delay: Self.formerDelay), of: claimed)
        }
        // A task of its own, so that stopping one upload does not stop the lane.
        let task = Task { await worker.run(claimed, ticket, betweenParts: betweenParts) }
        ticket.attach(task)
        if let outcome = await task.value { await keep(outcome, of: claimed) }
        active.remove(upload)
        changes.signal()
    }

    /// How long the upload of a changed file waits for the response to the last request of the one before, in milliseconds.
    private static let formerDelay: Int64 = 100

    /// Stores how a claim ended. While the disk does not take it, nothing else could be stored either, and so the lane waits. If
    /// the process ends before, the next one finds the row as after a kill.
    private func keep(_ outcome: FileUpload.Outcome, of claimed: FileUpload) async {
        var isFailing = false
        repeat {
            do {
                let hasWork = try await store.run { [worker] store in
                    let now = EngineClock.now()
                    try store.ended(outcome, for: claimed.file, generation: claimed.generation, now: now) { try? worker.backend.key(for: $0) }
                    return try store.nextTask() != nil
                }
                // The upload may have left an object or a session to be removed, perhaps after the quiet time.
                if hasWork { due.signal() }
                return
            } catch {
                if !isFailing {
                    logger.error("Cannot store the outcome of an upload; retrying", metadata: ["error": "\(error)"])
                }
                isFailing = true
                try? await Task.sleep(for: .seconds(1))
            }
        } while !Task.isCancelled
    }
}
