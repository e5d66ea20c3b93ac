import struct Foundation.Date

/// A request that opens an upload session, as it is written down before it leaves: if its response is lost, the service has a session
/// of which no one knows the name.
public struct SessionBegin: Sendable, Equatable, Codable {
    public let key: ObjectKey
    /// When the request was made, by this machine's clock.
    public let from: Date
    /// When its response was given up; nil while it is under way, and where the process ended before.
    public var until: Date?

    public init(key: ObjectKey, from: Date, until: Date? = nil) {
        self.key = key
        self.from = from
        self.until = until
    }

    /// A request without a body is cut when it stalls, after a minute; this leaves it another one in the service.
    private static let lifeSeconds = 120.0

    /// When the service may have opened the session, by this machine's clock.
    public var period: ClosedRange<Date> { from...max(until ?? from.addingTimeInterval(Self.lifeSeconds), from) }
}
