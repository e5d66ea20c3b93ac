import Glibc

/// One step of a sequence. It names what it works on by path or by slot, never by what an earlier step returned, so that a
/// sequence still means something when steps are dropped from it.
indirect enum Operation: Sendable {
    // By path, from open to close.
    case write(String, offset: Int64, Bytes)
    case append(String, Bytes)
    /// Opens with O_TRUNC.
    case rewrite(String, Bytes)
    /// Opens with O_EXCL.
    case create(String, mode: mode_t)
    case truncate(String, size: Int64)
    case read(String, offset: Int64, length: Int)
    case allocate(String, Allocation, offset: Int64, length: Int64)
    case copyRange(from: String, offset: Int64, to: String, targetOffset: Int64, length: Int)
    case seek(String, offset: Int64, Hole)
    /// Changes content through a shared memory map of the whole file. With `closesFirst`, nobody has the file open any more when
    /// it is changed.
    case writeMapped(String, offset: Int64, Bytes, closesFirst: Bool)

    // Through a file that stays open.
    case open(Int, String, Opening)
    case writeOpen(Int, offset: Int64, Bytes)
    case readOpen(Int, offset: Int64, length: Int)
    case truncateOpen(Int, size: Int64)
    case syncOpen(Int)
    case describeOpen(Int)
    case close(Int)

    // Names.
    case rename(String, to: String, replacing: Bool)
    case exchange(String, with: String)
    case unlink(String)
    case makeDirectory(String, mode: mode_t)
    case removeDirectory(String)
    case link(String, to: String)
    case describe(String)

    // Attributes.
    case setMode(String, mode_t)
    case setOwner(String, uid_t, gid_t)
    case setTime(String, seconds: Int, nanoseconds: Int)
    /// Sets both times to the present.
    case touch(String)
    case setAttribute(String, String, Bytes, flags: Int32)
    case removeAttribute(String, String)

    // What happens to the mount, to the server, and in time.
    case remount
    case kill
    /// A program is in the middle of the step, or is not yet, or is through with it, when the mount's process is killed.
    case killDuring(Operation, afterMicroseconds: UInt32)
    /// What the owner says of an upload.
    case control(String, Control)
    case fault(String)
    case rest(milliseconds: UInt32)
    /// Closes all, waits until nothing is left to be done, and compares the server with the tree.
    case idle

    enum Allocation: Int32, Sendable, CaseIterable {
        case extending = 0
        case keepingSize = 1
        case punchingHole = 3
        case zeroing = 16
        case zeroingInSize = 17
    }

    enum Control: String, Sendable, CaseIterable {
        case pause, resume, cancel, retry, priority
    }

    enum Hole: Sendable { case data, hole }

    enum Opening: Sendable, CaseIterable {
        case reading, writing, creating, creatingForReading, truncating

        var flags: Int32 {
            switch self {
            case .reading: O_RDONLY
            case .writing: O_RDWR
            case .creating: O_RDWR | O_CREAT
            case .creatingForReading: O_RDONLY | O_CREAT
            case .truncating: O_RDWR | O_CREAT | O_TRUNC
            }
        }

        var isForWriting: Bool { flags & O_ACCMODE != O_RDONLY }
    }
}

/// Content to write: a piece of one long random text, so that two places rarely hold the same.
struct Bytes: Sendable {
    let start: Int
    let count: Int

    static let startMax = 1 << 20
    static let countMax = 1 << 20

    /// Made once, from a fixed seed: made again for each step it would be most of the test's time.
    private static let text: [UInt8] = {
        var words: [UInt64] = []
        var word: UInt64 = 42
        for _ in 0..<(startMax + countMax) / 8 {
            word ^= word << 13
            word ^= word >> 7
            word ^= word << 17
            words.append(word)
        }
        return words.withUnsafeBytes { Array($0) }
    }()

    var array: [UInt8] { Array(Self.text[start..<start + count]) }
}
