import NIOConcurrencyHelpers
import UploadCore
import Uploading

/// What is being done at the service right now: the running uploads, and the keys at which objects are being removed.
final class ActiveUploads: Sendable {
    struct Upload: Sendable {
        let file: FileID
        /// Of the content that is being sent.
        let generation: Int64
        let ticket: Ticket
        /// Bytes that the checkpoints knew to be confirmed when the upload was claimed.
        let confirmedBefore: Int64
    }

    private struct State {
        var uploads: [FileID: Upload] = [:]
        var removals: [ObjectKey: Int] = [:]
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

    /// Whether a request that may make an object under `key` is under way, or its outcome about to be stored.
    func isMaking(_ key: ObjectKey) -> Bool {
        state.withLockedValue { state in state.uploads.values.contains { $0.ticket.key == key } }
    }

    // MARK: Removals

    func isRemoving(_ key: ObjectKey) -> Bool {
        state.withLockedValue { $0.removals[key] != nil }
    }

    /// Runs a removal at `key`: no upload to it begins meanwhile.
    func removing<Failure: Error>(_ key: ObjectKey, _ body: () async throws(Failure) -> Void) async throws(Failure) {
        state.withLockedValue { $0.removals[key, default: 0] += 1 }
        defer {
            state.withLockedValue { state in
                state.removals[key, default: 1] -= 1
                if state.removals[key] == 0 { state.removals[key] = nil }
            }
        }
        try await body()
    }
}
