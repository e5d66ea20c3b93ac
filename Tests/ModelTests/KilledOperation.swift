import Dispatch
import Glibc
import LinuxIO
import MountTestSupport

/// Kills the mount's process while a program is in the middle of a step. The step may have come to its end, in part, or to nothing;
/// but what was confirmed to a program must hold.
extension ModelRun {
    func killDuring(_ operation: Operation, after microseconds: UInt32) throws {
        let before = try TreeSnapshot(of: model)
        let content = operation.changed.map { Content(of: $0, in: model) }
        let statusBefore = status(operation.removed ?? operation.rewritten)
        let result = try resultOfKilled(operation, after: microseconds)
        try mountAfterKill()
        let found = try TreeSnapshot(of: real)
        if isFailure(result), found.differences(from: before).isEmpty {
            if let inode = operation.changed.flatMap({ status($0)?.inode }) { writing.mayBeFragment(inode) }
            return
        }
        let expected = model.carryOut(operation)
        if !isFailure(result), result != expected {
            throw Failure(description: "\(operation), while the mount was killed: \(result), but in the model \(expected)")
        }
        if let path = operation.changed, let content {
            if let inode = status(path)?.inode { writing.mayBeFragment(inode) }
            if isFailure(result) { try adopt(path, from: content, operation) }
        } else {
            note(operation, hasFailed: isFailure(expected), before: statusBefore, openBefore: nil)
        }
        do {
            try compareTrees()
        } catch {
            throw Failure(description: "\(operation), while the mount was killed (\(result)): \(error)")
        }
    }

    private func resultOfKilled(_ operation: Operation, after microseconds: UInt32) throws -> String {
        // Nobody else uses the place until the thread has ended.
        nonisolated(unsafe) let place = real
        nonisolated(unsafe) var result = ""
        let program = DispatchGroup()
        DispatchQueue.global().async(group: program) { result = place.carryOut(operation) }
        usleep(microseconds)
        try mount.killHard()
        program.wait()
        return result
    }

    /// Takes over what the mount shows of a file whose change broke off, if each byte is as it was before, or as it would have
    /// become, or zero where the file grew.
    private func adopt(_ path: String, from before: Content, _ operation: Operation) throws {
        let (after, found) = (Content(of: path, in: model), Content(of: path, in: real))
        guard let bytes = found.bytes else { return }
        func byte(_ content: Content, _ index: Int) -> UInt8? {
            content.bytes.flatMap { $0.indices.contains(index) ? $0[index] : nil }
        }
        let wrong = bytes.indices.first { index in
            ![byte(before, index), byte(after, index), 0].contains(bytes[index])
        }
        let sizeMax = max(before.bytes?.count ?? 0, after.bytes?.count ?? 0)
        if wrong != nil || bytes.count > sizeMax {
            throw Failure(description: "\(operation), while the mount was killed: byte \(wrong ?? sizeMax) is neither old nor new")
        }
        try found.write(to: path, in: model)
    }

    /// A file's bytes; nil where there is no such file.
    private struct Content {
        let bytes: [UInt8]?

        init(of path: String, in place: Place) {
            bytes = try? Content.read(path, place)
        }

        private static func read(_ path: String, _ place: Place) throws(Errno) -> [UInt8] {
            let file = try Descriptor.open(place.path(path), O_RDONLY)
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(try file.attributes().size) + 1, alignment: 1)
            defer { buffer.deallocate() }
            return Array(buffer[..<(try file.read(at: 0, into: buffer))])
        }

        func write(to path: String, in place: Place) throws(Errno) {
            guard let bytes else { return }
            let file = try Descriptor.open(place.path(path), O_WRONLY)
            try file.truncate(to: 0)
            try file.writeAll(bytes)
        }
    }
}

extension Operation {
    /// The path of the file whose content the step changes, and perhaps only in part.
    var changed: String? {
        if case .truncate(let path, _) = self { path } else { rewritten }
    }
}
