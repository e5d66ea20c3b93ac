import Foundation

/// `.uploadfs/status.json` at a mount's root.
struct StatusPageDocument: Decodable {
    /// The process that serves the mount.
    let pid: Int32?
    /// Files with work left or trouble; paths are relative to the mount's root.
    let files: [FileReport]

    /// Nil where the mount does not answer, or in a way that this version does not understand.
    static func read(mountpoint: String) -> StatusPageDocument? {
        guard let data = FileManager.default.contents(atPath: mountpoint + "/.uploadfs/status.json") else { return nil }
        return try? JSONDecoder().decode(StatusPageDocument.self, from: data)
    }
}
