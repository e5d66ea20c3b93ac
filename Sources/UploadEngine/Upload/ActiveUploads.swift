import NIOConcurrencyHelpers
import UploadCore
import Uploading

/// The spool files whose uploads are running.
final class ActiveUploads: Sendable {
    struct Upload: Sendable {
        let file: FileID
        /// Of the content that is being sent.
        let generation: Int64
        let ticket: Ticket
    }

    private let uploads = NIOLockedValueBox<[FileID: Upload]>([:])

    /// - Returns: false while another upload of the file has not come to its end.
    func insert(_ upload: Upload) -> Bool {
        uploads.withLockedValue { uploads in
            if uploads[upload.file] != nil { return false }
            uploads[upload.file] = upload
            return true
        }
    }

    func remove(_ upload: Upload) {
        uploads.withLockedValue { uploads in
            if uploads[upload.file]?.ticket === upload.ticket { uploads[upload.file] = nil }
        }
    }

    subscript(file: FileID) -> Upload? {
        uploads.withLockedValue { $0[file] }
    }

    var all: [Upload] {
        uploads.withLockedValue { Array($0.values) }
    }
}
