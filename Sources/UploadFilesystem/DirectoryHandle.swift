import FuseBridge
import Glibc
import LinuxIO
import NIOConcurrencyHelpers

/// A directory that is open.
// @unchecked: the mutable fields are guarded by `lock`, which is taken before the tree lock.
final class DirectoryHandle: OpenHandle, @unchecked Sendable {
    let node: Node
    private let lock = NIOLock()

    // Guarded by `lock`.
    private var entries: DirectoryStream
    /// Where the next entry to list is: the offset that came with the one before it.
    private var position: Int64 = 0
    /// The next entry to list, where it was read already but did not fit into the last reply.
    private var unread: DirectoryStream.Entry?

    init(_ node: Node, _ entries: consuming DirectoryStream) {
        self.node = node
        self.entries = entries
    }

    func status() throws(Errno) -> FileStatus {
        lock.lock()
        defer { lock.unlock() }
        return try entries.attributes()
    }

    func descriptor() throws(Errno) -> Descriptor {
        lock.lock()
        defer { lock.unlock() }
        return try entries.reopened()
    }

    /// Whoever lists the directory meanwhile does not wait for the disk.
    func synchronize() throws(Errno) {
        try duplicate().synchronize(metadata: true)
    }

    private func duplicate() throws(Errno) -> Descriptor {
        lock.lock()
        defer { lock.unlock() }
        return try entries.duplicated()
    }

    /// Adds entries from `offset` on until there is no room. `lookUp` counts a lookup for each entry that it returns; it is not
    /// asked for those of which the kernel knows more than the name.
    func list(
        from offset: Int64, into listing: inout DirectoryListing, lookUp: ([UInt8]) throws(Errno) -> Entry?,
        isKnown: (UInt64) -> Bool
    ) throws(Errno) {
        lock.lock()
        defer { lock.unlock() }
        if offset != position {
            entries.seek(to: offset)
            unread = nil
            position = offset
        }
        while let entry = try nextEntry() {
            guard listing.hasRoom(for: entry.name) else {
                unread = entry
                return
            }
            if !listing.withAttributes || entry.isDotOrDotDot || (entry.type != DT_UNKNOWN && isKnown(entry.inode)) {
                // The file type of a directory entry is that of a mode, shifted (IFTODT in <dirent.h>).
                let type = mode_t(entry.type) << 12
                listing.add(entry.name, inode: entry.inode, type: type, nextOffset: entry.nextOffset)
            } else if let found = try lookUp(entry.name) {
                listing.add(entry.name, found, nextOffset: entry.nextOffset)
            }
            position = entry.nextOffset
        }
    }

    private func nextEntry() throws(Errno) -> DirectoryStream.Entry? {
        if let entry = unread {
            unread = nil
            return entry
        }
        return try entries.next()
    }
}
