import Checkpoints
import Foundation
import Logging
import NIOPosix
import Spool
import UploadCore

/// Compares the spool tree with the database, when the two may differ: the database or the journal was lost or is damaged, or the
/// power failed.
///
/// It runs beside the mount, which does not wait for it. After any other stop, clean or killed, journal and database know
/// everything, and there is nothing to scan.
struct SpoolScan: Sendable {
    private static let bootFact = "boot id"
    private static let stopFact = "last stop"
    private static let scanFact = "scan"

    let store: CheckpointStore
    let spool: SpoolTree
    let intake: Intake
    let due: Wakeup
    let logger: Logger

    /// Stores that the spool has to be compared, if that is so: also for the next process, should this one be killed before it is done.
    /// - Returns: whether it is so.
    func prepare() throws -> Bool {
        let boot = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        let isAnotherBoot = try store.fact(Self.bootFact).map { $0 != boot } ?? false
        let wasClean = try store.fact(Self.stopFact) == "clean"
        let isIncomplete = intake.takeLostEvents() || store.takeDamagedRows() > 0
        let isNeeded = try store.opening != .asItWas || (isAnotherBoot && !wasClean) || isIncomplete || store.fact(Self.scanFact) == "begun"
        if isNeeded { try store.setFact(Self.scanFact, "begun") }
        try store.setFact(Self.bootFact, boot)
        try store.setFact(Self.stopFact, "none")
        return isNeeded
    }

    /// Whether something has been lost since `prepare`.
    var isNeededAgain: Bool { intake.takeLostEvents() || store.takeDamagedRows() > 0 }

    func run() async {
        do {
            let found = try await NIOThreadPool.singleton.runIfActive { try scan() }
            try await store.run { try $0.setFact(Self.scanFact, "done") }
            if found > 0 {
                logger.notice("The spool has files without a checkpoint; they were added", metadata: ["files": "\(found)"])
                due.signal()
            }
        } catch is CancellationError {
            return
        } catch {
            logger.error("The spool could not be scanned; the next start tries again", metadata: ["error": "\(error)"])
        }
    }

    static func noteCleanStop(_ store: CheckpointStore) throws {
        try store.setFact(stopFact, "clean")
    }

    private func scan() throws -> Int {
        var found = 0
        try spool.walk { path, file, content in
            // What the file system reported meanwhile is newer than what the walk saw, and a file that has moved since is reported
            // under its new name.
            try intake.catchUp {
                guard spool.has(file, at: path) else { return }
                if try store.reconcile(file, path: path, content: content, now: EngineClock.now()) { found += 1 }
            }
        }
        return found
    }
}
