import Foundation
import NIOHTTP1

/// The `Retry-After` header (RFC 9110, section 10.2.3): seconds, or a date in any of the three forms of section 5.6.7.
public enum RetryAfter {
    /// The longest time that is believed, in seconds: a year.
    private static let secondsMax = 365.0 * 86_400

    /// Nil where the header is missing or says nothing usable.
    public static func parse(_ headers: HTTPHeaders, now: Date = Date()) -> Duration? {
        guard let text = headers.first(name: "Retry-After")?.trimmingCharacters(in: .whitespaces), !text.isEmpty else { return nil }
        if text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            // Longer numbers than this cannot be meant as a time, and would not fit.
            return text.utf8.count <= 9 ? Int64(text).map { .seconds($0) } : nil
        }
        guard let date = HTTPDate.parse(text) else { return nil }
        let seconds = min(max(0, date.timeIntervalSince(now)), secondsMax)
        return .milliseconds(Int64(seconds * 1000))
    }
}
