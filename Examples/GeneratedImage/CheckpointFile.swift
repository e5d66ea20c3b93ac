import Foundation
import UploadCore

/// Keeps an upload's checkpoint in a file that no one else can read: it holds the URL of the upload session.
struct CheckpointFile: Sendable {
    let path: String

    /// Where an earlier run came to; a new upload where there was none.
    func load() throws -> UploadCheckpoint {
        guard FileManager.default.fileExists(atPath: path) else { return UploadCheckpoint() }
        return try JSONDecoder().decode(UploadCheckpoint.self, from: Data(contentsOf: URL(filePath: path)))
    }

    func store(_ checkpoint: UploadCheckpoint) throws {
        let new = path + ".new"
        let isWritten = FileManager.default.createFile(
            atPath: new, contents: try JSONEncoder().encode(checkpoint), attributes: [.posixPermissions: 0o600])
        guard isWritten, rename(new, path) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }

    func remove() throws {
        if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
    }
}
