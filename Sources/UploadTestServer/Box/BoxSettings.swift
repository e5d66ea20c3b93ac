import NIOConcurrencyHelpers

/// What a test may set of the Box service, because the real values would make its files large and its waits long.
public struct BoxSettings: Sendable, Codable, Hashable {
    /// Length of every part of a session but the last, in bytes. Large files get a multiple of it.
    public var partSize: Int64 = 8 << 20
    /// Files that are smaller get no session, in bytes.
    public var sessionSizeMin: Int64 = 20_000_000
    /// How long a session lives.
    public var sessionSeconds: Double = 7 * 24 * 3600
    /// The public keys of apps in PEM, by the id that the service gave each of them.
    public var publicKeys: [String: String] = [:]

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case partSize = "part_size"
        case sessionSizeMin = "session_size_min"
        case sessionSeconds = "session_seconds"
        case publicKeys = "public_keys"
    }

    /// What is left out keeps its default.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownFields(CodingKeys.allCases)
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        partSize = try fields.decodeIfPresent(Int64.self, forKey: .partSize) ?? partSize
        sessionSizeMin = try fields.decodeIfPresent(Int64.self, forKey: .sessionSizeMin) ?? sessionSizeMin
        sessionSeconds = try fields.decodeIfPresent(Double.self, forKey: .sessionSeconds) ?? sessionSeconds
        publicKeys = try fields.decodeIfPresent([String: String].self, forKey: .publicKeys) ?? publicKeys
    }
}

/// The settings that hold now. Safe to use from anywhere.
public final class BoxControl: Sendable {
    private let settings = NIOLockedValueBox(BoxSettings())

    public var current: BoxSettings { settings.withLockedValue { $0 } }

    /// Replaces all. Sessions that are open keep what they began with.
    public func set(_ settings: BoxSettings) {
        self.settings.withLockedValue { $0 = settings }
    }
}
