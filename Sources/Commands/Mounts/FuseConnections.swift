import class Foundation.FileManager

/// Which processes serve FUSE mounts, from their descriptors of `/dev/fuse` in `/proc`. Those of other users are not seen.
enum FuseConnections {
    /// The process that serves a mount. Nil on kernels that do not show the connection of a descriptor.
    static func server(of mount: MountTable.Entry) -> Int32? {
        guard let connection = mount.device.split(separator: ":").last else { return nil }
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return processes.lazy.compactMap { Int32($0) }.first { pid in
            descriptors(of: pid).contains { Self.connection(of: $0, pid) == connection }
        }
    }

    private static func descriptors(of pid: Int32) -> [String] {
        let directory = "/proc/\(pid)/fd"
        let all = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return all.filter { (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(directory)/\($0)")) == "/dev/fuse" }
    }

    /// A line `fuse_connection: NUMBER`.
    private static func connection(of descriptor: String, _ pid: Int32) -> Substring? {
        let facts = FileManager.default.contents(atPath: "/proc/\(pid)/fdinfo/\(descriptor)") ?? .init()
        return String(decoding: facts, as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix("fuse_connection:") }?
            .split(whereSeparator: \.isWhitespace).last
    }
}
