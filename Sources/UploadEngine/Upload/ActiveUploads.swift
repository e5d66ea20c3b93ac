import NIOConcurrencyHelpers
import UploadCore

/// The uploads that are running, by file.
final class ActiveUploads: Sendable {
    private let tickets = NIOLockedValueBox<[FileID: Ticket]>([:])

    /// - Returns: false while another upload of the file has not come to its end.
    func insert(_ ticket: Ticket) -> Bool {
        tickets.withLockedValue { tickets in
            if tickets[ticket.file] != nil { return false }
            tickets[ticket.file] = ticket
            return true
        }
    }

    func remove(_ ticket: Ticket) {
        tickets.withLockedValue { tickets in
            if tickets[ticket.file] === ticket { tickets[ticket.file] = nil }
        }
    }

    subscript(file: FileID) -> Ticket? {
        tickets.withLockedValue { $0[file] }
    }

    var all: [Ticket] {
        tickets.withLockedValue { Array($0.values) }
    }
}
