/// The bucket and the object that a request names, both as decoded text.
struct ObjectAddress: Equatable {
    /// Nil for the service itself.
    let bucket: String?
    /// Nil for the bucket itself.
    let key: String?

    /// - Parameters:
    ///   - rawPath: of the request, still encoded. A key's slashes may come as they are or as `%2F`.
    ///   - hostBucket: the bucket that the host's name begins with, where it does.
    init(rawPath: String, hostBucket: String?) {
        let path = Substring(Substring(rawPath).unicodeScalars.drop { $0 == "/" })
        if let hostBucket {
            bucket = hostBucket
            key = Self.decode(path)
        } else {
            let halves = path.pieces(at: "/", maxSplits: 1)
            bucket = halves.first.flatMap { Self.decode($0) }
            key = halves.count > 1 ? Self.decode(halves[1]) : nil
        }
    }

    var name: ObjectName? {
        guard let bucket, let key else { return nil }
        return ObjectName(bucket: bucket, key: key)
    }

    private static func decode(_ text: Substring) -> String? {
        text.isEmpty ? nil : RequestTarget.decode(text, plusIsSpace: false)
    }
}
