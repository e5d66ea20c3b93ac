/// How a file system is mounted.
public struct MountOptions: Sendable {
    /// What `findmnt` shows as the source.
    public var source: String
    /// The part after `fuse.` of the type that `findmnt` shows.
    public var subtype: String
    public var allowOther = false
    /// Whether the kernel checks permission bits, although no one but the daemon's own user can use the mount. It costs a
    /// question for the directory's attributes at each name that is made or removed, so it is not done without need.
    public var checksPermissions = false
    public var readOnly = false
    /// Whether the kernel follows symbolic links on the mount (mount(8), `nosymfollow`). Only root can turn that off.
    public var followsSymbolicLinks = true
    /// Whether the kernel is asked for passthrough.
    public var wantsPassthrough = false
    /// Further generic options, such as `noexec`, `nodev` or `noatime`, passed on as they are.
    public var generic: [String] = []

    public init(source: String, subtype: String = "uploadfs") {
        self.source = source
        self.subtype = subtype
    }

    /// As libfuse takes them after `-o`. Where other users may come, the kernel checks their permissions, for the file system
    /// acts with its own; where only its own user may, the spool's file system checks the same bits for the same user.
    var text: String {
        var options = ["fsname=\(Self.escape(source))", "subtype=\(Self.escape(subtype))"]
        if allowOther { options.append("allow_other") }
        if allowOther || checksPermissions { options.append("default_permissions") }
        if readOnly { options.append("ro") }
        return (options + generic).joined(separator: ",")
    }

    private static func escape(_ value: String) -> String {
        let bytes = value.utf8.flatMap { byte in byte == UInt8(ascii: "\\") || byte == UInt8(ascii: ",") ? [UInt8(ascii: "\\"), byte] : [byte] }
        return String(decoding: bytes, as: UTF8.self)
    }
}
