import Checkpoints
import Foundation
import Logging
import NIOPosix
import Spool
import UploadCore

/// Compares the spool tree with the database, when the two may differ: the database was lost, or the power failed.
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

    func runIfNeeded() async {
        do {
            let boot = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            let isAnotherBoot = try store.fact(Self.bootFact).map { $0 != boot } ?? false
            let wasClean = try store.fact(Self.stopFact) == "clean"
            let isNeeded = try store.opening != .asItWas || (isAnotherBoot && !wasClean) || store.fact(Self.scanFact) == "begun"
            if isNeeded { try store.setFact(Self.scanFact, "begun") }
            try store.setFact(Self.bootFact, boot)
            try store.setFact(Self.stopFact, "none")
            guard isNeeded else { return }
            let found = try await NIOThreadPool.singleton.runIfActive { try scan() }
            try store.setFact(Self.scanFact, "done")
            if found > 0 {
                logger.notice("files were found in the spool that the checkpoints did not know", metadata: ["files": "\(found)"])
                due.signal()
            }
        } catch is CancellationError {
            return
        } catch {
            logger.error("the spool could not be scanned; the next start tries again", metadata: ["error": "\(error)"])
        }
    }

    static func noteCleanStop(_ store: CheckpointStore) throws {
        try store.setFact(stopFact, "clean")
    }

    private func scan() throws -> Int {
        var found = 0
        try spool.walk { path, file, content in
            // What the file system told meanwhile is newer than what the walk saw, and a file that has moved since is told under its
            // new name.
            try intake.catchUp {
                guard spool.has(file, at: path) else { return }
                if try store.reconcile(file, path: path, content: content, now: Milliseconds.now()) { found += 1 }
            }
        }
        return found
    }
}
