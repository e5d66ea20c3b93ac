import Glibc
import LinuxIO
import UploadCore

/// A directory in which operations are carried out, and the files that are open in it: the mount, or its model.
final class Place {
    let root: String
    private(set) var slots: [Int: OpenFile] = [:]

    final class OpenFile {
        let descriptor: Descriptor
        /// Whether closing it can end a change.
        var isForWriting: Bool

        init(_ descriptor: consuming Descriptor, isForWriting: Bool) {
            self.descriptor = descriptor
            self.isForWriting = isForWriting
        }
    }

    init(root: String) {
        self.root = root
    }

    /// Carries it out, and says what a program would have seen: a result or an error.
    func carryOut(_ operation: Operation) -> String {
        do throws(Errno) {
            return try result(of: operation)
        } catch {
            return "\(error)"
        }
    }

    func closeAll() {
        slots.removeAll()
    }

    func path(_ name: String) -> BytePath { BytePath("\(root)/\(name)") }

    /// A descriptor of the root, which would keep a mount from ending if it were kept.
    func directory() throws(Errno) -> Descriptor {
        try Descriptor.open(BytePath(root), O_RDONLY | O_DIRECTORY)
    }

    private func result(of operation: Operation) throws(Errno) -> String {
        switch operation {
        case .write, .append, .rewrite, .create, .truncate, .read, .allocate, .copyRange, .seek, .writeMapped:
            return try contentResult(of: operation)
        case .open, .writeOpen, .readOpen, .truncateOpen, .syncOpen, .describeOpen, .close:
            return try slotResult(of: operation)
        case .rename, .exchange, .unlink, .makeDirectory, .removeDirectory, .link, .describe:
            return try nameResult(of: operation)
        case .setMode, .setOwner, .setTime, .touch, .setAttribute, .removeAttribute:
            return try attributeResult(of: operation)
        case .remount, .kill, .killDuring, .control, .fault, .rest, .idle:
            return "not for one place"
        }
    }

    // MARK: Content by path

    private func contentResult(of operation: Operation) throws(Errno) -> String {
        switch operation {
        case .write(let name, let offset, let bytes):
            return try write(bytes, at: offset, to: try open(name, O_WRONLY | O_CREAT))
        case .append(let name, let bytes):
            let file = try open(name, O_WRONLY | O_CREAT | O_APPEND)
            return "wrote \(try Errno.check(Glibc.write(file.rawValue, bytes.array, bytes.count)))"
        case .rewrite(let name, let bytes):
            return try write(bytes, at: 0, to: try open(name, O_WRONLY | O_CREAT | O_TRUNC))
        case .create(let name, let mode):
            _ = try Descriptor.open(path(name), O_WRONLY | O_CREAT | O_EXCL, mode: mode)
        case .truncate(let name, let size):
            try Errno.check(Glibc.truncate(path(name).characters, off_t(size)))
        case .read(let name, let offset, let length):
            return try read(try open(name, O_RDONLY), offset, length)
        case .allocate(let name, let mode, let offset, let length):
            try open(name, O_RDWR).allocate(mode: mode.rawValue, offset: offset, length: length)
        case .copyRange(let source, let offset, let target, let targetOffset, let length):
            let from = try open(source, O_RDONLY)
            let to = try open(target, O_RDWR)
            return "copied \(try from.copyRange(at: offset, to: to, at: targetOffset, length: length))"
        case .writeMapped(let name, let offset, let bytes, let closesFirst):
            return try writeMapped(bytes, at: offset, name, closesFirst: closesFirst)
        case .seek(let name, let offset, let hole):
            // SEEK_DATA and SEEK_HOLE of <unistd.h>, which Swift does not import.
            return "at \(try open(name, O_RDONLY).seek(offset, hole == .data ? 3 : 4))"
        default:
            break
        }
        return "done"
    }

    private func open(_ name: String, _ flags: Int32) throws(Errno) -> Descriptor {
        try Descriptor.open(path(name), flags, mode: 0o644)
    }

    private func write(_ bytes: Bytes, at offset: Int64, to file: borrowing Descriptor) throws(Errno) -> String {
        "wrote \(try Errno.check(pwrite(file.rawValue, bytes.array, bytes.count, off_t(offset))))"
    }

    /// Nothing beyond the end of the file can be changed.
    private func writeMapped(_ bytes: Bytes, at offset: Int64, _ name: String, closesFirst: Bool) throws(Errno) -> String {
        var file: OpenFile? = OpenFile(try open(name, O_RDWR), isForWriting: true)
        guard let size = try file?.descriptor.attributes().size, size > 0, let descriptor = file?.descriptor.rawValue else { return "wrote 0" }
        guard let start = mmap(nil, Int(size), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), start != MAP_FAILED else { throw .current }
        if closesFirst { file = nil }
        let piece = bytes.array.prefix(Int(max(0, size - offset)))
        piece.withUnsafeBytes { bytes in
            if let source = bytes.baseAddress { (start + Int(offset)).copyMemory(from: source, byteCount: bytes.count) }
        }
        munmap(start, Int(size))
        return "wrote \(piece.count)"
    }

    private func read(_ file: borrowing Descriptor, _ offset: Int64, _ length: Int) throws(Errno) -> String {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(length, 1), alignment: 1)
        defer { buffer.deallocate() }
        let count = try Errno.check(pread(file.rawValue, buffer.baseAddress, length, off_t(offset)))
        var digest = CRC32C()
        digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        return "read \(count): \(digest.value)"
    }

    // MARK: Files that stay open

    private func slotResult(of operation: Operation) throws(Errno) -> String {
        switch operation {
        case .open(let slot, let name, let opening):
            if slots[slot] != nil { return "in use" }
            slots[slot] = OpenFile(
                try Descriptor.open(path(name), opening.flags, mode: 0o640), isForWriting: opening.isForWriting)
        case .writeOpen(let slot, let offset, let bytes):
            return try write(bytes, at: offset, to: try file(slot).descriptor)
        case .readOpen(let slot, let offset, let length):
            return try read(try file(slot).descriptor, offset, length)
        case .truncateOpen(let slot, let size):
            try file(slot).descriptor.truncate(to: size)
        case .syncOpen(let slot):
            try file(slot).descriptor.synchronize(metadata: true)
        case .describeOpen(let slot):
            return Self.description(try file(slot).descriptor.attributes())
        case .close(let slot):
            guard slots.removeValue(forKey: slot) != nil else { throw Errno(EBADF) }
        default:
            break
        }
        return "done"
    }

    private func file(_ slot: Int) throws(Errno) -> OpenFile {
        guard let file = slots[slot] else { throw Errno(EBADF) }
        return file
    }

    // MARK: Names and attributes

    private func nameResult(of operation: Operation) throws(Errno) -> String {
        switch operation {
        case .rename(let source, let target, let replacing):
            let root = try directory()
            // RENAME_NOREPLACE of <linux/fs.h>.
            try root.rename(BytePath(source), to: BytePath(target), flags: replacing ? 0 : 1)
        case .exchange(let first, let second):
            // RENAME_EXCHANGE of <linux/fs.h>.
            try directory().rename(BytePath(first), to: BytePath(second), flags: 2)
        case .unlink(let name):
            try directory().removeFile(BytePath(name))
        case .makeDirectory(let name, let mode):
            try directory().makeDirectory(BytePath(name), mode: mode)
        case .removeDirectory(let name):
            try directory().removeDirectory(BytePath(name))
        case .link(let name, let target):
            try directory().makeSymbolicLink(BytePath(name), to: BytePath(target))
        case .describe(let name):
            return Self.description(try directory().attributes(of: BytePath(name)))
        default:
            break
        }
        return "done"
    }

    private func attributeResult(of operation: Operation) throws(Errno) -> String {
        let root = try directory()
        switch operation {
        case .setMode(let name, let mode):
            try root.setMode(mode, of: BytePath(name))
        case .setOwner(let name, let user, let group):
            try root.setOwner(user, group, of: BytePath(name))
        case .setTime(let name, let seconds, let nanoseconds):
            try root.setTimes(accessed: .keep, modified: .set(seconds: seconds, nanoseconds: nanoseconds), of: BytePath(name))
        case .touch(let name):
            try root.setTimes(accessed: .now, modified: .now, of: BytePath(name))
        case .setAttribute(let name, let attribute, let value, let flags):
            let attributes = ExtendedAttributes(of: BytePath(name), in: root)
            let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: max(value.count, 1), alignment: 1)
            defer { bytes.deallocate() }
            bytes.copyBytes(from: value.array)
            let content = UnsafeRawBufferPointer(rebasing: bytes[..<value.count])
            try attributes.set(BytePath(attribute), to: content, flags: flags)
        case .removeAttribute(let name, let attribute):
            try ExtendedAttributes(of: BytePath(name), in: root).remove(BytePath(attribute))
        default:
            break
        }
        return "done"
    }

    /// A directory's size is its file system's own affair.
    static func description(_ status: FileStatus) -> String {
        let size = status.isDirectory ? 0 : status.size
        return "\(String(status.mode, radix: 8)) \(status.user):\(status.group) links \(status.links) size \(size)"
    }
}
