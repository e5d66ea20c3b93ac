import LinuxIO

/// Which files a kill would find being written, and which it did find: those are held back, and only those.
///
/// It goes by the inode numbers of the model, which stay when a file gets another name.
struct WritingState {
    enum Certainty {
        case certain
        /// What a failed step, or one that says nothing about content, may have done or undone.
        case possible
    }

    private var changing: [UInt64: Certainty] = [:]
    /// Files whose uploads were cancelled, at some time.
    private(set) var cancelled: Set<UInt64> = []
    private var fragments: [UInt64: Certainty] = [:]

    func fragment(_ inode: UInt64) -> Certainty? { fragments[inode] }

    /// Content has changed through a file that stays open, or has perhaps.
    mutating func changed(_ inode: UInt64, _ certainty: Certainty = .certain) {
        if changing[inode] != .certain { changing[inode] = certainty }
    }

    mutating func cancelled(_ inode: UInt64) {
        cancelled.insert(inode)
    }

    /// A file was closed through which content could have changed.
    mutating func closed(_ inode: UInt64) {
        switch changing.removeValue(forKey: inode) {
        case .certain: fragments[inode] = nil
        case .possible: if fragments[inode] != nil { fragments[inode] = .possible }
        case nil: break
        }
    }

    /// A kill came while the file was perhaps being written.
    mutating func mayBeFragment(_ inode: UInt64) {
        fragments[inode] = .possible
    }

    /// Its owner has said that a fragment, if it is one, is whole.
    mutating func released(_ inode: UInt64) {
        if fragments[inode] != nil { fragments[inode] = .possible }
    }

    /// The last name is gone, and with it the mount's interest. The number may soon mean another file.
    mutating func removed(_ inode: UInt64) {
        changing[inode] = nil
        fragments[inode] = nil
        cancelled.remove(inode)
    }

    mutating func killed() {
        fragments.merge(changing) { _, new in new }
        changing = [:]
    }
}

extension Operation {
    /// The path of a regular file that the step opens, changes and closes.
    var rewritten: String? {
        switch self {
        case .write(let path, _, _), .append(let path, _), .rewrite(let path, _), .create(let path, _), .allocate(let path, _, _, _),
            .copyRange(_, _, let path, _, _), .writeMapped(let path, _, _, _):
            path
        default: nil
        }
    }

    /// The path of a file that stays open.
    var opened: String? {
        if case .open(_, let path, _) = self { path } else { nil }
    }

    /// Whether the step, if it does not fail, changes content for certain.
    var surelyChanges: Bool {
        switch self {
        case .write(_, _, let bytes), .append(_, let bytes), .writeOpen(_, _, let bytes): bytes.count > 0
        case .rewrite, .create, .truncateOpen: true
        default: false
        }
    }

    /// The path whose file, if there is one, has lost its name when the step has succeeded.
    var removed: String? {
        switch self {
        case .unlink(let path): path
        case .rename(let source, let target, _) where source != target: target
        default: nil
        }
    }
}
