import Foundation
import Glibc
import LinuxIO
import MountTestSupport

/// Carries steps out on a mount and on a plain directory, and throws at the first difference.
final class ModelRun {
    let mount: TestMount
    let real: Place
    let model: Place
    var writing = WritingState()
    /// Files of the model that may have allocated blocks without content: whether those count as holes depends on what the page
    /// cache happens to hold.
    private var preallocated: Set<UInt64> = []

    private let patience: Duration
    var kills = 0

    private static let chunk = 256 << 10

    private init(_ mount: TestMount, patience: Duration) throws {
        self.mount = mount
        self.patience = patience
        real = Place(root: mount.path)
        model = Place(root: mount.directory + "/model")
        try FileManager.default.createDirectory(atPath: model.root, withIntermediateDirectories: true)
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// How often the whole trees are compared.
    private static let comparisonInterval = 50

    /// Carries out what `next` makes for the present tree until it makes nothing more, and hands over each step first.
    static func run(options: [String], patience: Duration, next: (ModelRun) throws -> Operation?) throws {
        try TestMount.with(options: options + ["chunk_size=\(chunk)"]) { mount in
            let run = try ModelRun(mount, patience: patience)
            defer { run.closeAll() }
            var count = 0
            while let operation = try next(run) {
                try run.carryOut(operation)
                count += 1
                if count % comparisonInterval == 0 { try run.compareTrees() }
            }
            try run.carryOut(.idle)
        }
    }

    /// What the model's tree holds now.
    func snapshot() throws -> (files: [String], directories: [String]) {
        let names = try TreeSnapshot.names(in: model)
        return (names.files.sorted(), names.directories.sorted())
    }

    private func carryOut(_ operation: Operation) throws {
        switch operation {
        case .remount:
            closeAll()
            try mount.unmount()
            try mount.service.waitUntilQuiet()
            try mount.mount()
            try compareTrees()
        case .kill:
            try mount.killHard()
            try mountAfterKill()
            try compareTrees()
        case .killDuring(let operation, let microseconds):
            try killDuring(operation, after: microseconds)
        case .control(let path, let control):
            try give(control, path)
        case .fault(let json):
            try mount.service.setFaults(json)
        case .rest(let milliseconds):
            usleep(milliseconds * 1000)
        case .idle:
            closeAll()
            try compareTrees()
            try mount.service.clearFaults()
            try mount.setAttribute("control", to: "resume", of: ".")
            try RemoteComparison(
                mount: mount, tree: TreeSnapshot(of: model), writing: writing, patience: patience, lostSessionsMax: kills
            ).run()
        default:
            try compareResults(of: operation)
        }
    }

    /// The next mount begins when the service is through with what the killed one asked of it: whoever comes sooner may find
    /// that a request is carried out after it was looked whether it was.
    func mountAfterKill() throws {
        real.closeAll()
        model.closeAll()
        writing.killed()
        kills += 1
        try eventually("the end of the dead mount's connection") { try isDisconnected() }
        try mount.service.waitUntilQuiet()
        try mount.mount()
    }

    /// A process that is killed lets go of the device a moment after it has ended.
    private func isDisconnected() throws -> Bool {
        var fileSystem = statvfs()
        return statvfs(mount.path, &fileSystem) != 0 && errno == ENOTCONN
    }

    private func compareResults(of operation: Operation) throws {
        let before = status(operation.removed ?? operation.rewritten ?? operation.opened)
        let openBefore = openInode(operation)
        let expected = model.carryOut(operation)
        let result = real.carryOut(operation)
        if result != expected, !isUncertain(operation) {
            throw Failure(description: "\(operation): \(result), but in the model \(expected)")
        }
        note(operation, hasFailed: isFailure(expected), before: before, openBefore: openBefore)
    }

    /// Says it of the mount's file; the model's has no upload.
    private func give(_ control: Operation.Control, _ path: String) throws {
        guard let found = try? model.directory().attributes(of: BytePath(path)), found.isRegularFile,
            !RemoteComparison.isHeldByName(path) || control != .retry
        else { return }
        let (name, value) = control == .priority ? ("priority", "\(path.utf8.count % 21 - 10)") : ("control", control.rawValue)
        try mount.setAttribute(name, to: value, of: path)
        if control == .cancel { writing.cancelled(found.inode) }
        if control == .retry { writing.released(found.inode) }
    }

    func isFailure(_ result: String) -> Bool {
        !["done", "wrote", "read", "copied", "at"].contains { result.hasPrefix($0) }
    }

    private func isUncertain(_ operation: Operation) -> Bool {
        guard case .seek(let path, _, _) = operation, let found = status(path) else { return false }
        return found.isDirectory || preallocated.contains(found.inode)
    }

    func compareTrees() throws {
        let differences = try TreeSnapshot(of: real).differences(from: TreeSnapshot(of: model))
        if !differences.isEmpty { throw Failure(description: differences.joined(separator: "\n")) }
    }

    private func closeAll() {
        for slot in model.slots.keys.sorted() {
            let (inode, isForWriting) = (openInode(slot), model.slots[slot]?.isForWriting ?? false)
            for place in [real, model] { _ = place.carryOut(.close(slot)) }
            if isForWriting, let inode { writing.closed(inode) }
        }
    }

    // MARK: What a kill would find

    func note(_ operation: Operation, hasFailed: Bool, before: FileStatus?, openBefore: UInt64?) {
        if operation.removed != nil, !hasFailed, let before, before.links == 1, before.isRegularFile {
            writing.removed(before.inode)
            preallocated.remove(before.inode)
        }
        if case .allocate(let path, _, _, _) = operation, let inode = status(path)?.inode { preallocated.insert(inode) }
        if let path = operation.rewritten, let inode = status(path)?.inode {
            writing.changed(inode, operation.surelyChanges && !hasFailed ? .certain : .possible)
            if case .writeMapped(_, _, _, closesFirst: true) = operation {
                // Whoever unmaps a file last does not wait for the mount to hear of it.
                writing.released(inode)
            } else {
                writing.closed(inode)
            }
        }
        noteTruncation(operation, hasFailed: hasFailed)
        noteSlot(operation, hasFailed: hasFailed, before: before, openBefore: openBefore)
    }

    private func noteTruncation(_ operation: Operation, hasFailed: Bool) {
        guard case .truncate(let path, _) = operation, let inode = status(path)?.inode else { return }
        writing.changed(inode, hasFailed ? .possible : .certain)
        // With nobody else writing it is whole afterwards; else when they have closed it.
        let isOpen = model.slots.contains { $0.value.isForWriting && openInode($0.key) == inode }
        if !isOpen { writing.closed(inode) }
    }

    private func noteSlot(_ operation: Operation, hasFailed: Bool, before: FileStatus?, openBefore: UInt64?) {
        switch operation {
        case .open(let slot, _, let opening) where !hasFailed:
            guard let inode = openInode(slot) else { return }
            // Making a file is a change, whatever it is opened for.
            if before == nil { model.slots[slot]?.isForWriting = true }
            if opening == .truncating || before == nil {
                writing.changed(inode)
            } else if opening.isForWriting {
                // It is the owner's word if a fragment is opened for writing and closed.
                writing.changed(inode, .possible)
            }
        case .writeOpen(let slot, _, _), .truncateOpen(let slot, _):
            guard let inode = openInode(slot) else { return }
            writing.changed(inode, operation.surelyChanges && !hasFailed ? .certain : .possible)
        case .close:
            if let openBefore { writing.closed(openBefore) }
        default: break
        }
    }

    /// Of the model's file; symbolic links are followed unless the step takes the name itself away.
    func status(_ path: String?) -> FileStatus? {
        guard let path else { return nil }
        return try? FileStatus(following: model.root + "/" + path)
    }

    private func openInode(_ operation: Operation) -> UInt64? {
        guard case .close(let slot) = operation, model.slots[slot]?.isForWriting == true else { return nil }
        return openInode(slot)
    }

    /// nil for a file that has no name any more.
    private func openInode(_ slot: Int) -> UInt64? {
        guard let status = try? model.slots[slot]?.descriptor.attributes(), status.links > 0 else { return nil }
        return status.inode
    }
}
