/// Sizes as options write them: a number, and K, M, G or T for powers of 1024.
public enum ByteSize {
    /// The number of bytes that `text` stands for; nil where it is not a size or does not fit.
    public static func parse(_ text: String) -> Int64? {
        var digits = text.utf8[...]
        var factor: Int64 = 1
        if let last = digits.last, let unit = unit(last) {
            factor = unit
            digits.removeLast()
        }
        let isDigits = digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard !digits.isEmpty, isDigits, let number = Int64(String(decoding: digits, as: UTF8.self)) else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : bytes
    }

    private static func unit(_ letter: UInt8) -> Int64? {
        switch letter {
        case UInt8(ascii: "K"), UInt8(ascii: "k"): 1 << 10
        case UInt8(ascii: "M"), UInt8(ascii: "m"): 1 << 20
        case UInt8(ascii: "G"), UInt8(ascii: "g"): 1 << 30
        case UInt8(ascii: "T"), UInt8(ascii: "t"): 1 << 40
        default: nil
        }
    }

    /// A size for people, such as `1.5 GiB`.
    public static func format(_ bytes: Int64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
        var value = Double(bytes)
        var unit = 0
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        if unit == 0 { return "\(bytes) B" }
        let tenths = (value * 10).rounded()
        return "\(Int(tenths) / 10).\(Int(tenths) % 10) \(units[unit])"
    }
}
