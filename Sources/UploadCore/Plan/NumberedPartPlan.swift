/// Cuts an object into numbered parts of one length: a pure function of its size and the session's part size.
public struct NumberedPartPlan: Sendable, Equatable {
    /// Length of the object, in bytes.
    public let size: Int64
    /// Length of every part but the last, in bytes.
    public let partSize: Int64

    /// - Precondition: neither is negative, and `partSize` is not 0.
    public init(size: Int64, partSize: Int64) {
        precondition(size >= 0 && partSize > 0)
        self.size = size
        self.partSize = partSize
    }

    /// An empty object has one part of length 0.
    public var count: Int { Int(max(1, (size + partSize - 1) / partSize)) }

    public func part(_ number: Int) -> Part {
        let offset = Int64(number - 1) * partSize
        let length = min(partSize, size - offset)
        return Part(number: number, offset: offset, length: length, isLast: number == count)
    }

    /// Whether `receipt` is about one of these parts, and not about one of another plan.
    public func covers(_ receipt: PartReceipt) -> Bool {
        guard (1...count).contains(receipt.number) else { return false }
        let part = part(receipt.number)
        return part.offset == receipt.offset && part.length == receipt.length
    }

    /// The length of the parts of a new session: `wanted`, brought into what the service allows, and grown where the object
    /// would need more parts than it takes. Growth goes by whole multiples of `granularity`.
    public static func partSize(for size: Int64, wanted: Int64, granularity: Int64, rules: NumberedParts) -> Int64 {
        let needed = (size + Int64(rules.countMax) - 1) / Int64(rules.countMax)
        let length = max(wanted, needed, rules.lengths.lowerBound)
        let rounded = (length + granularity - 1) / granularity * granularity
        return min(rounded, rules.lengths.upperBound)
    }
}
