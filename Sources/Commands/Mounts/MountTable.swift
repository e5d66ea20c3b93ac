import LinuxIO
import class Foundation.FileManager

/// What the kernel has mounted, from `/proc/self/mountinfo` (proc_pid_mountinfo(5)).
struct MountTable: Sendable {
    struct Entry: Sendable, Equatable {
        let mountpoint: String
        /// `MAJOR:MINOR` of the file system; for FUSE the minor number is that of the connection.
        let device: String
        /// Such as `ext4` or `fuse.uploadfs`.
        let type: String
        /// For our mounts the destination's URL.
        let source: String

        var isUploadFS: Bool { type == MountTable.ourType }
    }

    static let ourType = "fuse.uploadfs"

    /// In the order of mounting.
    let entries: [Entry]

    static func read() throws(CommandFailure) -> MountTable {
        guard let data = FileManager.default.contents(atPath: "/proc/self/mountinfo") else {
            throw CommandFailure(.systemError, "/proc/self/mountinfo cannot be read: is /proc mounted?")
        }
        return MountTable(mountinfo: String(decoding: data, as: UTF8.self))
    }

    /// What another process sees mounted; nil where that is not to be known.
    static func read(ofProcess pid: String) -> MountTable? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/mountinfo"), !data.isEmpty else { return nil }
        return MountTable(mountinfo: String(decoding: data, as: UTF8.self))
    }

    init(mountinfo text: String) {
        entries = text.split(atByte: UInt8(ascii: "\n")).compactMap(Self.entry)
    }

    /// `36 35 98:0 /root /mountpoint options optional… - type source super-options`
    private static func entry(_ line: String) -> Entry? {
        let fields = line.split(atByte: UInt8(ascii: " "))
        guard let dash = fields.dropFirst(6).firstIndex(of: "-"), fields.count > dash + 2 else { return nil }
        return Entry(
            mountpoint: unescaped(fields[4]), device: fields[2], type: unescaped(fields[dash + 1]), source: unescaped(fields[dash + 2]))
    }

    /// The kernel writes blanks, backslashes and `#` as three octal digits.
    private static func unescaped(_ field: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(field.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.count >= 3,
                let value = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
            {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    var ours: [Entry] { entries.filter(\.isUploadFS) }

    /// What is mounted on exactly this path; of several the one on top.
    func entry(at mountpoint: String) -> Entry? {
        entries.last { $0.mountpoint.hasSameBytes(as: mountpoint) }
    }

    /// The mount that a path belongs to.
    func entry(containing path: String) -> Entry? {
        entries.enumerated()
            .filter { Path.isInside(path, $0.element.mountpoint) }
            .max { ($0.element.mountpoint.utf8.count, $0.offset) < ($1.element.mountpoint.utf8.count, $1.offset) }?
            .element
    }
}
