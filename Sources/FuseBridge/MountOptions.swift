/// How a file system is mounted.
public struct MountOptions: Sendable {
    /// What `findmnt` shows as the source.
    public var source: String
    /// The part after `fuse.` of the type that `findmnt` shows.
    public var subtype: String
    public var allowOther = false
    public var readOnly = false
    /// Further generic options, such as `noexec`, `nodev` or `noatime`, passed on as they are.
    public var generic: [String] = []

    public init(source: String, subtype: String = "uploadfs") {
        self.source = source
        self.subtype = subtype
    }

    /// As libfuse takes them after `-o`. The kernel checks permissions, for the file system acts with its own.
    var text: String {
        var options = ["fsname=\(Self.escape(source))", "subtype=\(Self.escape(subtype))", "default_permissions"]
        if allowOther { options.append("allow_other") }
        if readOnly { options.append("ro") }
        return (options + generic).joined(separator: ",")
    }

    private static func escape(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing(",", with: "\\,")
    }
}
