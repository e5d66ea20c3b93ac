import HTTPTransport
import NIOCore
import UploadCore

extension PartBody {
    /// A request's body: in memory where it has at most `collectedMax` bytes, which saves the additional writes and the watchdog
    /// of a stream; else a stream.
    func asRequestBody(collectedMax: Int64) async throws(UploadError) -> HTTPRequest.Body {
        length <= collectedMax ? .bytes(try await collected()) : .stream(self)
    }

    /// All of it in memory, for a few kilobytes: it goes out in one write and can be sent again.
    func collected(between preamble: ByteBuffer = ByteBuffer(), and epilogue: ByteBuffer = ByteBuffer()) async throws(UploadError) -> ByteBuffer {
        var body = preamble
        do {
            for try await piece in self { body.writeImmutableBuffer(piece) }
        } catch let error as UploadError {
            throw error
        } catch is CancellationError {
            throw UploadError(.cancelled, "the request was cancelled")
        } catch {
            throw UploadError(.unreadable, "the file cannot be read: \(error)")
        }
        guard body.readableBytes == preamble.readableBytes + Int(length) else {
            throw UploadError(.unreadable, "the file gave more or fewer bytes than the request had announced")
        }
        body.writeImmutableBuffer(epilogue)
        return body
    }
}
