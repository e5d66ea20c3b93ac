/// Cuts an object into numbered parts of one length: a pure function of its size and the session's part size.
///
/// Both numbers may come from a service or from a stored row, so a plan exists only for numbers that make one, and nothing that
/// is asked of it can overflow.
public struct NumberedPartPlan: Sendable, Equatable {
    /// Length of the object, in bytes.
    public let size: Int64
    /// Length of every part but the last, in bytes.
    public let partSize: Int64
    /// How many parts there are; an empty object has one of length 0.
    public let count: Int

    /// The highest part number that any of the protocols has (Box: `offset` up to 10,000 in the list of parts; OBS and the XML
    /// API of Cloud Storage: part numbers 1 to 10,000).
    public static let countMax = 10_000

    /// Nil where `size` is negative, `partSize` is not positive, or the object would need more than `countMax` parts.
    public init?(size: Int64, partSize: Int64, countMax: Int = countMax) {
        guard size >= 0, partSize > 0 else { return nil }
        let count = Self.quotientRoundedUp(size, partSize)
        guard count <= Int64(countMax) else { return nil }
        self.size = size
        self.partSize = partSize
        self.count = Int(max(1, count))
    }

    /// - Parameter number: from 1 to `count`; a number outside stands for the nearest inside.
    public func part(_ number: Int) -> Part {
        let number = min(max(number, 1), count)
        let offset = Int64(number - 1) * partSize
        return Part(number: number, offset: offset, length: min(partSize, size - offset), isLast: number == count)
    }

    /// All parts, in order.
    public var parts: [Part] { (1...count).map(part) }

    /// Whether `receipt` is about one of these parts, and not about one of another plan.
    public func covers(_ receipt: PartReceipt) -> Bool {
        guard (1...count).contains(receipt.number) else { return false }
        let part = part(receipt.number)
        return part.offset == receipt.offset && part.length == receipt.length
    }

    /// The length of the parts of a new session, in bytes: `wanted`, brought into what the service allows, and grown where the
    /// object would need more parts than it takes. Growth goes by whole multiples of `granularity`.
    public static func partSize(for size: Int64, wanted: Int64, granularity: Int64, rules: NumberedParts) -> Int64 {
        let needed = quotientRoundedUp(max(size, 0), Int64(max(rules.countMax, 1)))
        let length = min(max(wanted, needed, rules.lengths.lowerBound, 1), rules.lengths.upperBound)
        let step = max(granularity, 1)
        let (rounded, isTooLarge) = quotientRoundedUp(length, step).multipliedReportingOverflow(by: step)
        return isTooLarge ? rules.lengths.upperBound : min(rounded, rules.lengths.upperBound)
    }

    /// Of numbers that are not negative, without the sum that the usual form overflows by.
    private static func quotientRoundedUp(_ dividend: Int64, _ divisor: Int64) -> Int64 {
        let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
        return remainder == 0 ? quotient : quotient + 1
    }
}

extension UploadSession {
    /// The parts that this session is filled with.
    /// - Parameters:
    ///   - size: length of the object, in bytes.
    ///   - countMax: the highest part number that the service takes.
    /// - Throws: `sessionGone` where the stored part size makes no plan: nothing can be sent to such a session any more.
    public func plan(of size: Int64?, countMax: Int = NumberedPartPlan.countMax) throws(UploadError) -> NumberedPartPlan {
        guard let size, let partSize, let plan = NumberedPartPlan(size: size, partSize: partSize, countMax: countMax) else {
            throw UploadError(.sessionGone, "the record of the upload session has no usable part size; the upload starts again")
        }
        return plan
    }
}

extension Sequence<PartReceipt> {
    /// How many bytes the parts have together; the largest number there is where the sum exceeds it.
    public var totalLength: Int64 {
        reduce(0) { sum, receipt in
            let (next, isTooLarge) = sum.addingReportingOverflow(receipt.length)
            return isTooLarge ? .max : next
        }
    }
}
