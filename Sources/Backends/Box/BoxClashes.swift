import Foundation
import NIOConcurrencyHelpers
import UploadCore

/// What to do about a name that Box confuses with that of another item in the same folder.
///
/// Names are unique in a folder without regard to case, and in part without regard to their Unicode form. Two such files on the
/// mount cannot both be at Box: the second one fails, and nothing is overwritten. If the other name is not on the mount, it may be one
/// that was renamed or removed there and is about to be so at Box: the upload waits for that, for a limited time.
final class BoxClashes: Sendable {
    static let limitSeconds = 60.0

    private struct State {
        var local: (any LocalNames)?
        /// Since when each upload has been waiting.
        var waitingSince: [ObjectKey: Date] = [:]
    }

    /// How many names of a path belong to the destination.
    private let depth: Int
    private let now: @Sendable () -> Date
    private let state = NIOLockedValueBox(State())

    init(destination: BoxDestination, now: @escaping @Sendable () -> Date) {
        depth = destination.names.count
        self.now = now
    }

    func use(_ local: any LocalNames) { state.withLockedValue { $0.local = local } }

    /// Whether the mount has an item of this path; nil where that is not known.
    func isOnMount(_ path: [ServiceName]) -> Bool? {
        guard path.count > depth, let local = state.withLockedValue({ $0.local }) else { return nil }
        return local.exists(SpoolPath(ObjectKey(names: path.dropFirst(depth)).text))
    }

    /// The error for an upload that needs the last name of `path`, where an item has the name `existing` in its place.
    func error(_ path: [ServiceName], existing: ServiceName) -> UploadError {
        let sentence = Self.sentence(path.last ?? "", existing: existing)
        // Also where this very name is not on the mount any more: the upload is about to be notified.
        let areBothHere = isOnMount(path.dropLast() + [existing]) != false && isOnMount(path) != false
        guard !areBothHere, isPatient(ObjectKey(names: path)) else { return UploadError(.invalidName, sentence) }
        return UploadError(.serverBusy, "\(sentence) (waiting in case it is being renamed or removed)")
    }

    private func isPatient(_ key: ObjectKey) -> Bool {
        let time = now()
        return state.withLockedValue { state in
            // What has not come back for a while has been settled otherwise.
            state.waitingSince = state.waitingSince.filter { time.timeIntervalSince($0.value) < 10 * Self.limitSeconds }
            let first = state.waitingSince[key] ?? time
            let isLeft = time.timeIntervalSince(first) < Self.limitSeconds
            state.waitingSince[key] = isLeft ? first : nil
            return isLeft
        }
    }

    static func sentence(_ name: ServiceName, existing: ServiceName) -> String {
        let difference =
            if name.text.lowercased().hasSameBytes(as: existing.text.lowercased()) {
                "upper and lower case"
            } else if name.text == existing.text {
                "the Unicode form of a character, such as an accented letter written as one character or as two"
            } else {
                "case or Unicode form"
            }
        return "Box has \"\(existing)\" in this folder and treats \"\(name)\" as the same name, since they differ only in \(difference); "
            + "rename one of the two"
    }
}
