import Foundation

/// Times as the API takes them: RFC 3339 in whole seconds. A fraction is refused or cut off.
enum BoxTime {
    /// - Parameter nanoseconds: since 1970.
    static func text(_ nanoseconds: Int64) -> String {
        let (seconds, fraction) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return Date(timeIntervalSince1970: Double(fraction < 0 ? seconds - 1 : seconds)).formatted(Date.ISO8601FormatStyle())
    }
}
