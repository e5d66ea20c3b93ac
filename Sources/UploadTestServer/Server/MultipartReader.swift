import Foundation
import NIOCore

/// Reads a body of two parts: a description in JSON, then content, which is passed on in pieces. Both multipart/related (RFC 2387)
/// and multipart/form-data (RFC 7578) are like this.
struct MultipartReader {
    private static let headLimit = 1 << 20

    var body: FaultedBody
    private let boundary: String
    /// CRLF (RFC 2046 section 4.1.1), or LF alone, as Google's own Python client writes it.
    private var lineEnd: [UInt8] = []
    /// What stands between two parts: the line end before it belongs to it (RFC 2046 section 5.1.1).
    private var delimiter: [UInt8] { lineEnd + Array("--\(boundary)".utf8) }
    private var buffer = ByteBuffer()
    private var isAtEnd = false

    init(body: FaultedBody, boundary: String) {
        self.body = body
        self.boundary = boundary
    }

    /// The boundary in the value of a Content-Type, without its quotes.
    /// - Parameter type: what the content type has to be, such as `multipart/related`.
    static func boundary(of contentType: String?, type: String) -> String? {
        guard let contentType, contentType.lowercased().hasPrefix(type) else { return nil }
        for parameter in contentType.split(separator: ";").dropFirst() {
            let sides = parameter.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            guard sides.count == 2, sides[0].lowercased() == "boundary" else { continue }
            let boundary = sides[1].trimmingCharacters(in: CharacterSet(charactersIn: "\"' "))
            return boundary.isEmpty ? nil : boundary
        }
        return nil
    }

    /// The header of the part that begins here.
    mutating func nextHeader() async throws -> MultipartHeader {
        if lineEnd.isEmpty { try await readFirstDelimiter() }
        // A part without any header has the blank line at once, so its first line end is looked at too.
        return MultipartHeader(String(buffer: try await readUntil(lineEnd + lineEnd)))
    }

    /// The body of a small part, whose header has been read.
    mutating func nextPart() async throws -> Data {
        Data(try await readUntil(delimiter).readableBytesView)
    }

    /// The next piece of the second part. Nil when the closing delimiter and all that follows has been read.
    mutating func nextContent() async throws -> ByteBuffer? {
        while !isAtEnd {
            if let length = position(of: delimiter) {
                let piece = buffer.readSlice(length: length)
                try await readClosing()
                if length > 0 { return piece }
            } else if buffer.readableBytes > delimiter.count {
                // The delimiter may begin in what is here and end in what is to come.
                return buffer.readSlice(length: buffer.readableBytes - delimiter.count)
            } else {
                try await fill()
            }
        }
        return nil
    }

    /// What follows the first delimiter tells how the body's lines end.
    private mutating func readFirstDelimiter() async throws {
        _ = try await readUntil(delimiter)
        while buffer.readableBytes == 0 { try await fill() }
        lineEnd = Array((buffer.getInteger(at: buffer.readerIndex) == UInt8(ascii: "\n") ? "\n" : "\r\n").utf8)
    }

    private mutating func readClosing() async throws {
        buffer.moveReaderIndex(forwardBy: delimiter.count)
        while buffer.readableBytes < 2 { try await fill() }
        guard buffer.readString(length: 2) == "--" else { throw BrokenMultipart(message: "The body has more than two parts.") }
        while try await body.next() != nil {}
        isAtEnd = true
    }

    private mutating func readUntil(_ mark: [UInt8]) async throws -> ByteBuffer {
        while true {
            if let length = position(of: mark), let found = buffer.readSlice(length: length) {
                buffer.moveReaderIndex(forwardBy: mark.count)
                return found
            }
            guard buffer.readableBytes <= Self.headLimit else { throw BodyTooLarge() }
            try await fill()
        }
    }

    private mutating func fill() async throws {
        guard var piece = try await body.next() else { throw BrokenMultipart(message: "The body ends before its closing delimiter.") }
        buffer.discardReadBytes()
        buffer.writeBuffer(&piece)
    }

    private func position(of mark: [UInt8]) -> Int? {
        buffer.withUnsafeReadableBytes { bytes in
            var start = 0
            while let found = bytes[start...].firstIndex(of: mark[0]) {
                if bytes[found...].starts(with: mark) { return found }
                start = found + 1
            }
            return nil
        }
    }
}

/// The fields of a part's header.
struct MultipartHeader {
    private let fields: [String: String]

    init(_ text: String) {
        let lines = text.split(whereSeparator: \.isNewline).map { $0.split(separator: ":", maxSplits: 1) }.filter { $0.count == 2 }
        fields = Dictionary(lines.map { ($0[0].lowercased(), $0[1].trimmingCharacters(in: .whitespaces)) }) { $1 }
    }

    /// - Parameter name: in small letters.
    subscript(name: String) -> String? { fields[name] }

    /// The `name` in the Content-Disposition of a form's field.
    var formName: String? {
        let parameters = (fields["content-disposition"] ?? "").split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
        return parameters.first { $0.hasPrefix("name=") }.map { $0.dropFirst(5).trimmingCharacters(in: ["\""]) }
    }
}

/// A body that is not of the form that its content type says.
struct BrokenMultipart: Error {
    let message: String
}
