import CFuse

/// libfuse's table of callbacks. What is missing is meant to be: the kernel checks permissions (`access`) and keeps locks
/// (`getlk`, `setlk`, `flock`) itself.
enum Operations {
    static func table() -> fuse_lowlevel_ops {
        var operations = fuse_lowlevel_ops()
        operations.`init` = { _, connection in
            guard let connection else { return }
            Operations.negotiate(&connection.pointee)
        }
        addNames(to: &operations)
        addAttributes(to: &operations)
        addFiles(to: &operations)
        addFileData(to: &operations)
        addDirectories(to: &operations)
        addExtendedAttributes(to: &operations)
        return operations
    }

    /// The largest WRITE, in bytes: the most that kernels pass by default (fs.fuse.max_pages_limit).
    static let writeMax: UInt32 = 1 << 20

    /// Chooses among what the kernel offers.
    ///
    /// Splice costs more than the copy that it saves. The writeback cache would hide write errors. No one but the mount
    /// changes the spool, so the kernel need not compare times to drop what it has cached.
    private static func negotiate(_ connection: inout fuse_conn_info) {
        connection.max_write = writeMax
        let wanted =
            FUSE_CAP_ASYNC_READ | FUSE_CAP_ATOMIC_O_TRUNC | FUSE_CAP_PARALLEL_DIROPS | FUSE_CAP_READDIRPLUS
            | FUSE_CAP_READDIRPLUS_AUTO | FUSE_CAP_CACHE_SYMLINKS | FUSE_CAP_ASYNC_DIO
        let unwanted =
            FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE | FUSE_CAP_WRITEBACK_CACHE | FUSE_CAP_DONT_MASK
            | FUSE_CAP_AUTO_INVAL_DATA
        connection.want |= UInt32(wanted) & connection.capable
        connection.want &= ~UInt32(unwanted)
    }
}
