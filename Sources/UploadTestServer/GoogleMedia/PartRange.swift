/// Where a part lies in the object, after all checks that need no byte of it.
struct PartRange: Equatable {
    /// Offset of the body's first byte.
    let first: Int64
    /// Bytes in the body; nil if only its end will tell.
    let length: Int64?
    /// The length of the object, if it is known by now.
    let total: Int64?
    /// Whether the object ends with this part.
    let isFinal: Bool

    /// - Parameters:
    ///   - persisted: bytes that the session has.
    ///   - declared: length of the object that an earlier request of the session has told.
    ///   - contentLength: of this request.
    init(_ range: ReceivedRange, persisted: Int64, declared: Int64?, contentLength: Int64?) throws {
        switch range {
        case .question, .total, .remainder:
            first = persisted
            length = contentLength
            total = declared ?? contentLength.map { persisted + $0 }
            isFinal = true
        case .bytes(let first, let last, let total):
            self.first = first
            self.total = total ?? declared
            length = last.map { $0 - first + 1 } ?? contentLength
            isFinal = last.map { $0 + 1 == total } ?? (total != nil)
        }
        try check(declared: declared, persisted: persisted, contentLength: contentLength)
    }

    private func check(declared: Int64?, persisted: Int64, contentLength: Int64?) throws {
        if let declared, let total, declared != total {
            throw GoogleError.badRequest("The upload was declared to have \(declared) bytes, and now \(total).")
        }
        if let length, let contentLength, length != contentLength {
            throw GoogleError.badRequest("Content-Range has \(length) bytes, Content-Length \(contentLength).")
        }
        if let length, let total, isFinal ? first + length != total : first + length > total {
            throw GoogleError.badRequest("The upload ends at \(first + length), and was declared to have \(total) bytes.")
        }
        if let length { try checkMultiple(length) }
        if first > persisted { throw PartBeyondOffset(first: first, persisted: persisted) }
    }

    /// Every part but the last has a multiple of 256 KiB.
    func checkMultiple(_ length: Int64) throws {
        guard isFinal || length % RunningCRC32C.blockSize == 0 else {
            throw GoogleError.badRequest(
                """
                Invalid request. The number of bytes uploaded is required to be equal or greater than 262144, except for the final request. \
                It is recommended to be the exact multiple of 262144. The received request contained \(length) bytes, which does not meet \
                this requirement.
                """
            )
        }
    }
}

/// The service answers this one as plain text, and a client is to ask for the offset instead of trying again.
struct PartBeyondOffset: Error {
    let first: Int64
    let persisted: Int64

    var message: String {
        """
        Invalid request. According to the Content-Range header, the upload offset is \(first) byte(s), which exceeds already uploaded \
        size of \(persisted) byte(s).
        """
    }
}
