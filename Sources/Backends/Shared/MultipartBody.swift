import HTTPTransport
import NIOConcurrencyHelpers
import NIOCore
import UploadCore

/// The body of an upload in two parts: the object's description, then its content, which passes through uncopied.
struct MultipartBody {
    let preamble: ByteBuffer
    let epilogue: ByteBuffer

    /// multipart/related (RFC 2387), as Google's services take it.
    init(description: String, contentType: String, boundary: String) {
        self.init(
            headers: ("content-type: \(ResumableRequest.json)", "content-type: \(contentType)"), description: description, boundary: boundary)
    }

    /// multipart/form-data (RFC 7578): a field with the description, then one with a file.
    init(descriptionField: String, description: String, fileField: String, boundary: String) {
        let disposition = { (field: String) in "content-disposition: form-data; name=\"\(field)\"" }
        // The name of the file itself stands in the description.
        self.init(
            headers: (disposition(descriptionField), "\(disposition(fileField)); filename=\"file\""), description: description, boundary: boundary)
    }

    private init(headers: (description: String, content: String), description: String, boundary: String) {
        preamble = ByteBuffer(
            string: "--\(boundary)\r\n\(headers.description)\r\n\r\n\(description)\r\n--\(boundary)\r\n\(headers.content)\r\n\r\n")
        epilogue = ByteBuffer(string: "\r\n--\(boundary)--")
    }

    /// 128 random bits: content that contains them by chance does not exist.
    static func randomBoundary() -> String {
        var generator = SystemRandomNumberGenerator()
        return String(generator.next(), radix: 36) + String(generator.next(), radix: 36)
    }

    func length(with content: PartBody) -> Int64 {
        Int64(preamble.readableBytes) + content.length + Int64(epilogue.readableBytes)
    }

    /// The request's body: in memory where `content` has at most `collectedMax` bytes, else a stream.
    func body(around content: PartBody, collectedMax: Int64) async throws(UploadError) -> HTTPRequest.Body {
        guard content.length <= collectedMax else { return .stream(stream(content)) }
        do {
            return .bytes(try await collected(content))
        } catch let error as UploadError {
            throw error
        } catch is CancellationError {
            throw UploadError(.cancelled, "the request was cancelled")
        } catch {
            throw UploadError(.unreadable, "the file can not be read: \(error)")
        }
    }

    func stream(_ content: PartBody) -> PartBody {
        let stage = NIOLockedValueBox(Stage.preamble)
        let (preamble, epilogue) = (preamble, epilogue)
        return PartBody(length: length(with: content)) {
            switch stage.withLockedValue({ $0.advance() }) {
            case .preamble: return preamble
            case .content:
                var pieces = content.makeAsyncIterator()
                if let piece = try await pieces.next() { return piece }
                stage.withLockedValue { $0 = .end }
                return epilogue
            case .end: return nil
            }
        }
    }

    private enum Stage {
        case preamble, content, end

        /// The stage to serve now; the preamble is served once.
        mutating func advance() -> Stage {
            defer { if case .preamble = self { self = .content } }
            return self
        }
    }

    /// The whole body in memory, for content of a few kilobytes: it goes out in one write and can be sent again.
    private func collected(_ content: PartBody) async throws -> ByteBuffer {
        var body = ByteBuffer()
        body.reserveCapacity(Int(length(with: content)))
        body.writeImmutableBuffer(preamble)
        for try await piece in content { body.writeImmutableBuffer(piece) }
        guard body.readableBytes == preamble.readableBytes + Int(content.length) else {
            throw UploadError(.unreadable, "the file gave more or fewer bytes than the request had announced")
        }
        body.writeImmutableBuffer(epilogue)
        return body
    }
}
