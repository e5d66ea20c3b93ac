import Foundation

/// Times as the services' documents have them, with or without fractions of a second.
enum RFC3339 {
    static func parse(_ text: String) -> Date? {
        (try? Date(text, strategy: .iso8601)) ?? (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
    }
}
