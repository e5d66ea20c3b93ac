import Foundation
import Glibc

/// Dates as HTTP writes them, always in GMT.
public enum HTTPDate {
    /// The years 1970 to 9999, which is as far as four digits go.
    package static let years = Date(timeIntervalSince1970: 0)...Date(timeIntervalSince1970: 253_402_300_799)

    /// In the preferred form, `Sun, 06 Nov 1994 08:49:37 GMT`. A date outside of `years` is written as the nearest inside.
    ///
    /// Put together by hand: it is needed for every request that is signed, and a formatter costs more than the signature.
    public static func text(_ date: Date) -> String {
        let date = min(max(date, years.lowerBound), years.upperBound)
        var seconds = time_t(date.timeIntervalSince1970.rounded(.down))
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let two = { (number: Int32) in number < 10 ? "0\(number)" : "\(number)" }
        let day = "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1900)"
        return "\(day) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
    }

    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Reads any of the three forms of RFC 9110, section 5.6.7; nil where `text` is none of them, or not in `years`.
    public static func parse(_ text: String) -> Date? {
        // The longest form has 33 characters; a time zone other than GMT is none of HTTP's.
        guard text.utf8.count <= 40 else { return nil }
        let words = text.utf8.split { " ,-:".utf8.contains($0) }.map { String(decoding: $0, as: UTF8.self) }
        guard let first = words.first, days.contains(String(first.prefix(3))) else { return nil }
        switch words.count {
        case 8 where words[7] == "GMT":
            return date(year: words[3], month: words[2], day: words[1], time: words[4...6])
        case 7:
            return date(year: words[6], month: words[1], day: words[2], time: words[3...5])
        default: return nil
        }
    }

    private static func date(year: String, month: String, day: String, time: ArraySlice<String>) -> Date? {
        guard let month = months.firstIndex(of: month), let day = number(day, 1...31), let year = fullYear(year) else { return nil }
        let clock = zip(time, [0...23, 0...59, 0...60]).compactMap { number($0, $1) }
        guard clock.count == 3 else { return nil }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (year - 1900, Int32(month), day)
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (clock[0], clock[1], clock[2])
        let date = Date(timeIntervalSince1970: Double(timegm(&parts)))
        return years.contains(date) ? date : nil
    }

    /// Two digits are those of the obsolete form; no server has dated anything before 1970 with it.
    private static func fullYear(_ digits: String) -> Int32? {
        if digits.utf8.count == 4 { return number(digits, 1970...9999) }
        return digits.utf8.count == 2 ? number(digits, 0...99).map { $0 + ($0 < 70 ? 2000 : 1900) } : nil
    }

    private static func number(_ digits: String, _ bounds: ClosedRange<Int32>) -> Int32? {
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int32(digits) else { return nil }
        return bounds.contains(number) ? number : nil
    }
}
