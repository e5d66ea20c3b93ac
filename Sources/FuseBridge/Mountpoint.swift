import Glibc
import LinuxIO

/// Checks before mounting, so that the common mistakes get a sentence of their own.
enum Mountpoint {
    static func check(_ path: String) throws(MountError) {
        let status: FileStatus
        do {
            status = try FileStatus(following: path)
        } catch {
            switch error.code {
            case ENOENT: throw .noMountpoint(path: path)
            case ENOTCONN: throw .deadMount(path: path)
            default: throw .mountpointUnusable(path: path, error)
            }
        }
        guard status.isDirectory else { throw .notADirectory(path: path) }
        if isFuseMounted(path) { throw .alreadyMounted(path: path) }
        try checkDevice()
    }

    private static func checkDevice() throws(MountError) {
        do {
            _ = try Descriptor.open(BytePath("/dev/fuse"), O_RDWR)
        } catch {
            throw .noFuseDevice(error)
        }
    }

    /// Whether a FUSE file system is mounted exactly at `path`.
    static func isFuseMounted(_ path: String) -> Bool {
        guard let real = realpath(path, nil) else { return false }
        defer { free(real) }
        let wanted = escaped(String(cString: real))
        return mountTable().split(atByte: UInt8(ascii: "\n")).contains { line in
            // proc_pid_mountinfo(5): the fifth field is the mount point; the type follows a field that is a single hyphen.
            let fields = line.split(atByte: UInt8(ascii: " "))
            guard fields.count > 4, fields[4].hasSameBytes(as: wanted), let hyphen = fields.firstIndex(of: "-") else { return false }
            let type = fields.index(after: hyphen)
            return type < fields.endIndex && (fields[type] == "fuse" || fields[type].hasPrefix("fuse."))
        }
    }

    private static func mountTable() -> String {
        guard let table = try? Descriptor.open(BytePath("/proc/self/mountinfo"), O_RDONLY) else { return "" }
        var text: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(table.rawValue, &piece, piece.count)
            if count <= 0 { return String(decoding: text, as: UTF8.self) }
            text += piece[..<count]
        }
    }

    /// A path as the table writes it.
    private static func escaped(_ path: String) -> String {
        var escaped: [UInt8] = []
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): escaped += "\\134".utf8
            case UInt8(ascii: " "): escaped += "\\040".utf8
            case UInt8(ascii: "\t"): escaped += "\\011".utf8
            case UInt8(ascii: "\n"): escaped += "\\012".utf8
            default: escaped.append(byte)
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }
}
