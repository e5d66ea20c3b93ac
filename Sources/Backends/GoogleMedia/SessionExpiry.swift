import struct Foundation.Date

/// "A resumable upload must be completed within a week of being initiated" (cloud.google.com/storage/docs/resumable-uploads).
struct SessionExpiry: Sendable {
    static let lifetimeSeconds = 7.0 * 24 * 3600

    let date: Date

    init(openedAt: Date) {
        date = openedAt.addingTimeInterval(Self.lifetimeSeconds)
    }
}
