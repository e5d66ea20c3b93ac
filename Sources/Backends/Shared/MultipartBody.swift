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
        let framing = Int64(preamble.readableBytes + epilogue.readableBytes)
        let (length, isTooLarge) = content.length.addingReportingOverflow(framing)
        return isTooLarge ? .max : length
    }

    /// The request's body: in memory where `content` has at most `collectedMax` bytes, else a stream.
    func body(around content: PartBody, collectedMax: Int64) async throws(UploadError) -> HTTPRequest.Body {
        guard content.length <= collectedMax else { return .stream(stream(content)) }
        return .bytes(try await content.collected(between: preamble, and: epilogue))
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
}
