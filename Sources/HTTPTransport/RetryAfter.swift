import Foundation
import NIOHTTP1

/// The `Retry-After` header (RFC 9110, section 10.2.3): seconds, or a date in any of the three forms of section 5.6.7.
public enum RetryAfter {
    /// Nil where the header is missing or says nothing usable.
    public static func parse(_ headers: HTTPHeaders, now: Date = Date()) -> Duration? {
        guard let text = headers.first(name: "Retry-After")?.trimmingCharacters(in: .whitespaces), !text.isEmpty else { return nil }
        if text.allSatisfy({ $0.isASCII && $0.isNumber }) {
            // Longer numbers than this are no time that anybody means, and would not fit.
            return text.count <= 9 ? Int64(text).map { .seconds($0) } : nil
        }
        guard let date = HTTPDate.parse(text) else { return nil }
        return .milliseconds(Int64(max(0, date.timeIntervalSince(now)) * 1000))
    }
}
