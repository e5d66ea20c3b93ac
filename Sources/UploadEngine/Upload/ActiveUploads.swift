import NIOConcurrencyHelpers
import UploadCore
import Uploading

/// What is being done at the service right now: the running uploads, and the keys at which objects are being removed.
///
/// A key has one of them at a time. What an upload stores about its key is stored after it has the key, so that no two uploads
/// ever store that they are filling the same one.
final class ActiveUploads: Sendable {
    struct Upload: Sendable {
        let file: FileID
        /// Of the content that is being sent.
        let generation: Int64
        let ticket: Ticket
        /// Bytes that the checkpoints knew to be confirmed when the upload was claimed.
        let confirmedBefore: Int64
        fileprivate var key: ObjectKey?

        init(file: FileID, generation: Int64, ticket: Ticket, confirmedBefore: Int64) {
            self.file = file
            self.generation = generation
            self.ticket = ticket
            self.confirmedBefore = confirmedBefore
        }
    }

    private struct State {
        var uploads: [FileID: Upload] = [:]
        var removals: Set<ObjectKey> = []

        func isFree(_ key: ObjectKey, besides file: FileID?) -> Bool {
            !removals.contains(key) && !uploads.values.contains { $0.key == key && $0.file != file }
        }
    }

    private let state = NIOLockedValueBox(State())

    /// - Returns: false while another upload of the file has not finished.
    func insert(_ upload: Upload) -> Bool {
        state.withLockedValue { state in
            if state.uploads[upload.file] != nil { return false }
            state.uploads[upload.file] = upload
            return true
        }
    }

    func remove(_ upload: Upload) {
        state.withLockedValue { state in
            if state.uploads[upload.file]?.ticket === upload.ticket { state.uploads[upload.file] = nil }
        }
    }

    subscript(file: FileID) -> Upload? {
        state.withLockedValue { $0.uploads[file] }
    }

    var all: [Upload] {
        state.withLockedValue { Array($0.uploads.values) }
    }

    // MARK: Keys

    /// Gives the running upload of `file` the key for as long as it runs.
    /// - Returns: false while another upload or a removal has it.
    func occupy(_ key: ObjectKey, for file: FileID) -> Bool {
        state.withLockedValue { state in
            guard state.isFree(key, besides: file) else { return false }
            state.uploads[file]?.key = key
            return true
        }
    }

    /// Runs a removal at `key`, which no upload gets meanwhile.
    /// - Returns: nil where an upload or another removal has the key; nothing was done then.
    func removing<Result, Failure: Error>(_ key: ObjectKey, _ body: () async throws(Failure) -> Result) async throws(Failure) -> Result? {
        let isFree = state.withLockedValue { $0.isFree(key, besides: nil) && $0.removals.insert(key).inserted }
        guard isFree else { return nil }
        defer { state.withLockedValue { _ = $0.removals.remove(key) } }
        return try await body()
    }
}
