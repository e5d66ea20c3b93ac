import Foundation

/// Times as Google's APIs have them: RFC 3339, in UTC, with milliseconds, which is as precise as they are.
enum GoogleTime {
    static func text(_ nanoseconds: Int64) -> String {
        let milliseconds = nanoseconds / 1_000_000 - (nanoseconds % 1_000_000 < 0 ? 1 : 0)
        let part = (milliseconds % 1000 + 1000) % 1000
        // A Date counts in binary fractions, so the thousandths are written apart from it.
        let seconds = Date(timeIntervalSince1970: Double((milliseconds - part) / 1000)).formatted(.iso8601)
        let digits = String(part)
        return "\(seconds.dropLast()).\(String(repeating: "0", count: 3 - digits.count))\(digits)Z"
    }
}
