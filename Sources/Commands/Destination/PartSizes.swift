import UploadCore

/// The lengths of parts that a service accepts, in bytes: what `chunk_size` may be.
struct PartSizes: Sendable, Equatable {
    /// What they are where the user does not say.
    var usual: Int64
    /// Every length but the last part's is a multiple of it.
    var multiple: Int64
    var range: ClosedRange<Int64>

    /// Resumable uploads of Google's services: multiples of 256 KiB
    /// (https://cloud.google.com/storage/docs/performing-resumable-uploads#chunked-upload), up to the largest object.
    static let googleResumable = PartSizes(usual: 8 << 20, multiple: 256 << 10, range: (256 << 10)...(5 << 40))

    /// - Parameter service: its name, for the sentence.
    func check(_ size: Int64, for service: String) throws(CommandFailure) {
        let problem: String
        if !size.isMultiple(of: multiple) {
            problem = "a multiple of \(Self.text(multiple))"
        } else if !range.contains(size) {
            problem = "from \(Self.text(range.lowerBound)) to \(Self.text(range.upperBound))"
        } else {
            return
        }
        throw CommandFailure(.usage, "the option chunk_size must be \(problem) for \(service), not \(Self.text(size))")
    }

    /// For the help: `8M by default, multiples of 256K`.
    var summary: String {
        let bounds = multiple > 1 ? "multiples of \(Self.text(multiple))" : "\(Self.text(range.lowerBound)) to \(Self.text(range.upperBound))"
        return "\(Self.text(usual)) by default, \(bounds)"
    }

    /// A size as options write it, without loss.
    private static func text(_ size: Int64) -> String {
        let units: [(name: String, shift: Int64)] = [("T", 40), ("G", 30), ("M", 20), ("K", 10)]
        let unit = units.first { size.isMultiple(of: 1 << $0.shift) }
        return unit.map { "\(size >> $0.shift)\($0.name)" } ?? "\(size)"
    }
}
