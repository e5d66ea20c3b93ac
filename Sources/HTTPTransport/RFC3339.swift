import Foundation

/// Times as the services' documents have them (RFC 3339), with or without fractions of a second.
package enum RFC3339 {
    /// The longest form has nanoseconds and an offset; anything longer is no time.
    private static let bytesMax = 40

    /// Nil where `text` is no time, or one outside of the years 1970 to 9999: nothing that a service dates lies there, and the
    /// conversions of such a date can overflow.
    package static func parse(_ text: String) -> Date? {
        guard text.utf8.count <= bytesMax, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
        let date = (try? Date(text, strategy: .iso8601)) ?? (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
        return date.flatMap { HTTPDate.years.contains($0) ? $0 : nil }
    }
}
