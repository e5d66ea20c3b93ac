/// Turns valid text into text that a parser does not expect: bytes change, pieces vanish, come twice or come from elsewhere, and
/// numbers become those at the edge of what a machine can hold.
public struct Mutator: Sendable {
    private var random: SeededRandom

    /// Numbers at and beyond the edges of the types that they are read into.
    public static let numbers = [
        "0", "-0", "-1", "1", "2", "65535", "65536", "4294967296", "300000", "9223372036854775807", "9223372036854775808",
        "-9223372036854775808", "99999999999999999999", "1e400", "-1e400", "0.5", "1e-400", "NaN", "",
    ]

    public init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    /// A number below `bound`, which is at least 1.
    public mutating func number(below bound: Int) -> Int { Int.random(in: 0..<max(bound, 1), using: &random) }

    public mutating func choice<Value>(_ values: [Value]) -> Value? { values.randomElement(using: &random) }

    /// Up to four changes of one of the `samples`; one in twenty is no sample at all, one in ten stays as it is.
    public mutating func bytes(like samples: [String]) -> [UInt8] {
        guard number(below: 20) > 0, let sample = choice(samples) else { return (0..<number(below: 200)).map { _ in UInt8(number(below: 256)) } }
        var bytes = Array(sample.utf8)
        guard number(below: 10) > 0 else { return bytes }
        for _ in 0...number(below: 4) { change(&bytes, others: samples) }
        return bytes
    }

    public mutating func text(like samples: [String]) -> String { String(decoding: bytes(like: samples), as: UTF8.self) }

    private mutating func change(_ bytes: inout [UInt8], others: [String]) {
        let start = number(below: bytes.count + 1)
        let end = min(bytes.count, start + number(below: 20))
        switch number(below: 8) {
        case 0: if start < bytes.count { bytes[start] = UInt8(number(below: 256)) }
        case 1: bytes.removeSubrange(start..<end)
        case 2: bytes.insert(contentsOf: bytes[start..<end], at: start)
        case 3: bytes.removeSubrange(start...)
        case 4:
            let other = Array((choice(others) ?? "").utf8)
            bytes.insert(contentsOf: other.prefix(number(below: other.count + 1)), at: start)
        default: changeNumber(&bytes, from: start)
        }
    }

    /// The first run of digits from a place on becomes another number.
    private mutating func changeNumber(_ bytes: inout [UInt8], from place: Int) {
        let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
        let first = bytes[place...].firstIndex(where: isDigit) ?? bytes.firstIndex(where: isDigit)
        guard let first else { return }
        let end = bytes[first...].firstIndex { !isDigit($0) } ?? bytes.count
        bytes.replaceSubrange(first..<end, with: (choice(Self.numbers) ?? "").utf8)
    }
}
