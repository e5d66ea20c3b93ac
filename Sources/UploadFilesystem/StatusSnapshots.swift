import FuseBridge
import Glibc
import LinuxIO
import NIOConcurrencyHelpers

/// Reports kept for a moment, so that a program that asks for the list of attributes, then for the length of a value, then
/// for the value, gets what belongs together although the upload continues meanwhile. `rsync -X` calls anything else an error.
final class StatusSnapshots: Sendable {
    struct Key: Hashable {
        let node: NodeID
        let process: pid_t
    }

    private struct Snapshot {
        var values: [String: [UInt8]]
        let madeAt: Int
    }

    private static let snapshotsMax = 64
    private static let secondsMax = 2

    private let snapshots = NIOLockedValueBox<[Key: Snapshot]>([:])

    func keep(_ values: [String: [UInt8]], for key: Key) {
        let now = SystemTime.monotonicSeconds()
        snapshots.withLockedValue { snapshots in
            if snapshots.count >= Self.snapshotsMax {
                snapshots = snapshots.filter { now - $0.value.madeAt <= Self.secondsMax }
                if snapshots.count >= Self.snapshotsMax { snapshots.removeAll() }
            }
            snapshots[key] = Snapshot(values: values, madeAt: now)
        }
    }

    /// A value that was kept a moment ago. It is given out once: who asks again wants to know what has become of it.
    func value(_ name: String, for key: Key, isLast: Bool) -> [UInt8]? {
        let now = SystemTime.monotonicSeconds()
        return snapshots.withLockedValue { snapshots in
            guard let snapshot = snapshots[key], now - snapshot.madeAt <= Self.secondsMax else { return nil }
            let value = snapshot.values[name]
            if isLast { snapshots[key]?.values[name] = nil }
            return value
        }
    }
}
