import CFuse
import Glibc
import LinuxIO

/// The reply to READDIR or READDIRPLUS: entries, packed one after the other until the kernel's buffer is full.
public struct DirectoryListing: ~Copyable {
    /// Whether entries carry attributes and count as lookups, but for `.` and `..`.
    public let withAttributes: Bool
    private let request: fuse_req_t
    private let buffer: UnsafeMutableRawBufferPointer
    private var filled = 0

    init(request: fuse_req_t, buffer: UnsafeMutableRawBufferPointer, withAttributes: Bool) {
        self.request = request
        self.buffer = buffer
        self.withAttributes = withAttributes
    }

    var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: buffer[..<filled])
    }

    /// Whether an entry of this name fits; asked before a lookup is counted for it.
    public func hasRoom(for name: [UInt8]) -> Bool {
        let needed =
            withAttributes
            ? fuse_add_direntry_plus(request, nil, 0, BytePath(name).characters, nil, 0)
            : fuse_add_direntry(request, nil, 0, BytePath(name).characters, nil, 0)
        return filled + needed <= buffer.count
    }

    /// Adds a name without attributes. In a listing with attributes, the kernel then looks the name up when it needs it.
    /// - Parameters:
    ///   - type: the file type bits of a mode.
    ///   - nextOffset: where the listing continues after this entry; not 0.
    public mutating func add(_ name: [UInt8], inode: UInt64, type: mode_t, nextOffset: Int64) {
        let values = FileStatus(inode: inode, mode: type, user: 0, group: 0, time: SystemTime.zero)
        if withAttributes {
            add(name, Entry(node: 0, attributes: Attributes(values, timeout: 0), timeout: 0), nextOffset: nextOffset)
        } else {
            var raw = stat(values)
            advance(fuse_add_direntry(request, end, buffer.count - filled, BytePath(name).characters, &raw, off_t(nextOffset)))
        }
    }

    /// Adds a name with attributes, in a listing with attributes.
    public mutating func add(_ name: [UInt8], _ entry: Entry, nextOffset: Int64) {
        var parameters = fuse_entry_param(entry)
        advance(
            fuse_add_direntry_plus(
                request, end, buffer.count - filled, BytePath(name).characters, &parameters, off_t(nextOffset)))
    }

    private var end: UnsafeMutablePointer<CChar>? {
        buffer.baseAddress.map { ($0 + filled).assumingMemoryBound(to: CChar.self) }
    }

    private mutating func advance(_ needed: Int) {
        precondition(filled + needed <= buffer.count, "an entry was added that does not fit")
        filled += needed
    }
}

extension fuse_entry_param {
    init(_ entry: Entry) {
        self.init()
        ino = entry.node
        attr = stat(entry.attributes.values)
        attr_timeout = entry.attributes.timeout
        entry_timeout = entry.timeout
    }
}

extension stat {
    init(_ values: FileStatus) {
        self.init()
        st_ino = ino_t(values.inode)
        st_mode = values.mode
        st_nlink = nlink_t(values.links)
        st_uid = values.user
        st_gid = values.group
        st_size = off_t(values.size)
        st_blocks = blkcnt_t(values.blocks)
        st_atim = values.accessed
        st_mtim = values.modified
        st_ctim = values.changed
    }
}
