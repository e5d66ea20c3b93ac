/// Cuts an object into the parts that one request each will carry: a pure function of its size and the destination's limits.
public struct PartPlan: Sendable, Equatable {
    /// Length of the object, in bytes.
    public let size: Int64
    /// Length of every part but the last, in bytes.
    public let partLength: Int64

    /// A negative size counts as 0, and a part length below 1 as 1, so that a plan exists for whatever was stored. The mount's
    /// options ensure that the length is a multiple of the destination's granularity.
    public init(size: Int64, partLength: Int64) {
        self.size = max(size, 0)
        self.partLength = max(partLength, 1)
    }

    /// The part to send when the server has the first `confirmed` bytes; nil when nothing is left.
    ///
    /// The server may confirm less than was sent, at any byte. The next part keeps its full length from there, because the
    /// protocols ask for lengths, not offsets, that are a multiple of their granularity.
    public func part(after confirmed: Int64) -> Part? {
        guard confirmed >= 0, confirmed < size else { return nil }
        let length = min(partLength, size - confirmed)
        return Part(offset: confirmed, length: length, isLast: confirmed + length == size)
    }
}
