import Foundation
import NIOConcurrencyHelpers

/// A clock that stands still until it is moved.
final class SettableDate: Sendable {
    private let time = NIOLockedValueBox(Date())

    var now: Date { time.withLockedValue { $0 } }

    func advance(by seconds: Double) { time.withLockedValue { $0 += seconds } }
}
