import NIOConcurrencyHelpers
import NIOCore

/// The connections that are open, so that stopping the server does not wait for clients.
final class Connections: Sendable {
    private let open = NIOLockedValueBox<[ObjectIdentifier: any Channel]>([:])

    func add(_ channel: any Channel) {
        open.withLockedValue { $0[ObjectIdentifier(channel)] = channel }
    }

    func remove(_ channel: any Channel) {
        open.withLockedValue { $0[ObjectIdentifier(channel)] = nil }
    }

    func closeAll() {
        for channel in open.withLockedValue({ Array($0.values) }) { channel.close(promise: nil) }
    }
}
