import NIOConcurrencyHelpers

/// Counts what arrives. Safe to use from anywhere.
public final class Counters: Sendable {
    private let counts = NIOLockedValueBox(CountersSnapshot())
    private let requestsInFlight = NIOLockedValueBox(0)
    private let openSessions = NIOLockedValueBox<[@Sendable () -> Int]>([])

    public func snapshot() -> CountersSnapshot {
        var snapshot = counts.withLockedValue { $0 }
        snapshot.requestsInFlight = requestsInFlight.withLockedValue { $0 }
        snapshot.openSessions = openSessions.withLockedValue { $0 }.reduce(0) { $0 + $1() }
        return snapshot
    }

    /// Begins again at zero. Open upload sessions and requests under way stay what they are.
    public func reset() {
        counts.withLockedValue { $0 = CountersSnapshot() }
    }

    /// Adds a service's sessions to the sum.
    func countOpenSessions(_ count: @escaping @Sendable () -> Int) {
        openSessions.withLockedValue { $0.append(count) }
    }

    func connectionAccepted() {
        counts.withLockedValue { $0.connections += 1 }
    }

    func requestArrived(_ kind: RequestKind, _ name: ObjectName?) {
        requestsInFlight.withLockedValue { $0 += 1 }
        counts.withLockedValue {
            $0.requests += 1
            $0.requestsByKind[kind.rawValue, default: 0] += 1
            guard let name else { return }
            $0.objects[name.description, default: .init()].requests += 1
            $0.objects[name.description, default: .init()].requestsByKind[kind.rawValue, default: 0] += 1
        }
    }

    /// The server is through with it, whether or not anybody still waits for the response.
    func requestEnded() {
        requestsInFlight.withLockedValue { $0 -= 1 }
    }

    /// `resent` of the `count` bytes were already there.
    func bytesArrived(_ count: Int, resent: Int = 0, _ name: ObjectName) {
        counts.withLockedValue {
            $0.bodyBytes += Int64(count)
            $0.objects[name.description, default: .init()].bodyBytes += Int64(count)
            $0.objects[name.description, default: .init()].resentBytes += Int64(resent)
        }
    }
}
