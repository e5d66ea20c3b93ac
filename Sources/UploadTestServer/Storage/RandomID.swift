/// Names for upload sessions: whoever knows one may add to the object.
enum RandomID {
    /// 256 random bits in hexadecimal.
    static func make() -> String {
        (0..<4).map { _ in
            let digits = String(UInt64.random(in: 0 ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
