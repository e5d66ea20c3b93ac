import NIOConcurrencyHelpers
import UploadCore

/// The uploads that are running, by file.
final class ActiveUploads: Sendable {
    private let tickets = NIOLockedValueBox<[FileID: Ticket]>([:])

    func insert(_ ticket: Ticket) {
        tickets.withLockedValue { $0[ticket.file] = ticket }
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
