import Foundation
import NIOCore

/// Reads the body of a multipart upload (RFC 2387): a part of JSON, then a part of content, which is passed on in pieces.
struct MultipartReader {
    private static let headLimit = 1 << 20

    var body: FaultedBody
    /// What stands between two parts: the line end before it belongs to it (RFC 2046 section 5.1.1).
    private let delimiter: [UInt8]
    private var buffer = ByteBuffer()
    private var isAtEnd = false

    init(body: FaultedBody, boundary: String) {
        self.body = body
        self.delimiter = Array("\r\n--\(boundary)".utf8)
        // So that the first delimiter looks like all others.
        buffer.writeString("\r\n")
    }

    /// The boundary in the value of a Content-Type, without its quotes.
    static func boundary(of contentType: String) -> String? {
        guard contentType.lowercased().hasPrefix("multipart/related") else { return nil }
        for parameter in contentType.split(separator: ";").dropFirst() {
            let sides = parameter.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            guard sides.count == 2, sides[0].lowercased() == "boundary" else { continue }
            let boundary = sides[1].trimmingCharacters(in: CharacterSet(charactersIn: "\"' "))
            return boundary.isEmpty ? nil : boundary
        }
        return nil
    }

    /// The body of the first part.
    mutating func readMetadata() async throws -> Data {
        _ = try await readUntil(delimiter)
        _ = try await readHeader()
        return Data(try await readUntil(delimiter).readableBytesView)
    }

    /// - Returns: the content type in the second part's header.
    mutating func readContentHeader() async throws -> String? {
        for line in try await readHeader().split(separator: "\r\n") {
            let sides = line.split(separator: ":", maxSplits: 1)
            if sides.count == 2, sides[0].lowercased() == "content-type" { return sides[1].trimmingCharacters(in: .whitespaces) }
        }
        return nil
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

    private mutating func readClosing() async throws {
        buffer.moveReaderIndex(forwardBy: delimiter.count)
        while buffer.readableBytes < 2 { try await fill() }
        guard buffer.readString(length: 2) == "--" else { throw GoogleError.badRequest("The body has more than two parts.") }
        while try await body.next() != nil {}
        isAtEnd = true
    }

    /// The header of a part, without the blank line.
    private mutating func readHeader() async throws -> String {
        // A part without any header has the blank line at once, so its first line end is looked at too.
        String(buffer: try await readUntil(Array("\r\n\r\n".utf8)))
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
        guard var piece = try await body.next() else { throw GoogleError.badRequest("The body ends before its closing delimiter.") }
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
