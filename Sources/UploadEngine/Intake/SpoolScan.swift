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
/// everything, and there is nothing to scan. That a scan is to be made is stored, so that it outlasts the process.
struct SpoolScan: Sendable {
    private static let bootFact = "boot id"
    private static let stopFact = "last stop"

    let store: CheckpointStore
    let spool: SpoolTree
    let intake: Intake
    let due: Wakeup
    let logger: Logger

    /// At the start: finds out whether the last stop is a reason to compare the spool.
    /// - Returns: whether the spool has to be compared.
    func prepare() throws -> Bool {
        let boot = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        let isAnotherBoot = try store.fact(Self.bootFact).map { $0 != boot } ?? false
        let wasClean = try store.fact(Self.stopFact) == "clean"
        let isNeeded = try (isAnotherBoot && !wasClean) || !store.isScanned()
        if isNeeded { try store.requestScan() }
        try store.setFact(Self.bootFact, boot)
        try store.setFact(Self.stopFact, "none")
        return isNeeded
    }

    /// - Returns: whether the scan has come to its end.
    func run() async -> Bool {
        do {
            try await store.run { try $0.scanBegins() }
            let found = try await NIOThreadPool.singleton.runIfActive { try scan() }
            try await store.run { try $0.scanEnded() }
            if found > 0 {
                logger.notice("The spool has files without a checkpoint; they were added", metadata: ["files": "\(found)"])
                due.signal()
            }
            return true
        } catch is CancellationError {
            return false
        } catch {
            logger.error("The spool could not be scanned; the next start tries again", metadata: ["error": "\(error)"])
            return false
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
