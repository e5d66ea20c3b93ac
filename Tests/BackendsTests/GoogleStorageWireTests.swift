import Credentials
import Foundation
import HTTPTransport
import NIOCore
import NIOHTTP1
import Testing
import UploadCore
import UploadTesting

@testable import Backends

@Suite struct GoogleStorageWireTests {
    private let wire = GoogleStorageWire(destination: GoogleStorageDestination(bucket: "my-bucket", prefix: "p"))
    private let session = UploadSession(handle: "https://example.org/up?upload_id=secret", expiresAt: nil)

    private func object(_ key: String = "p/dir/a b.bin", size: Int64 = 1_000_000, _ precondition: Precondition = .none) -> ObjectDescription {
        ObjectDescription(key: ObjectKey(key), size: size, contentType: "image/png", precondition: precondition)
    }

    @Test func beginAnnouncesTypeAndLength() throws {
        let request = wire.begin(object("p/dir/a b.bin", size: 1_000_000, .absent))
        #expect(request.method == .POST)
        #expect(
            request.url
                == "https://storage.googleapis.com/upload/storage/v1/b/my-bucket/o?uploadType=resumable&name=p%2Fdir%2Fa%20b.bin&ifGenerationMatch=0"
        )
        #expect(request.headers.first(name: "X-Upload-Content-Type") == "image/png")
        #expect(request.headers.first(name: "X-Upload-Content-Length") == "1000000")
        #expect(request.headers.first(name: "Content-Type") == "application/json; charset=UTF-8")
        guard case .bytes(let body) = request.body else { throw UploadError(.rejected, "no body") }
        #expect(String(buffer: body) == #"{"contentType":"image/png","name":"p/dir/a b.bin"}"#)
    }

    @Test func preconditionsBecomeGenerations() {
        #expect(!wire.begin(object()).url.contains("ifGenerationMatch"))
        #expect(wire.begin(object("a", size: 1, .version("1234"))).url.hasSuffix("&ifGenerationMatch=1234"))
    }

    @Test(
        arguments: [
            (Part(offset: 0, length: 262_144, isLast: false), 1_000_000, "bytes 0-262143/1000000"),
            (Part(offset: 262_144, length: 1, isLast: true), 262_145, "bytes 262144-262144/262145"),
            (Part(offset: 0, length: 0, isLast: true), 0, "bytes */0"),
        ] as [(Part, Int64, String)])
    func partsSayWhichBytesTheyCarry(part: Part, total: Int64, expected: String) {
        let request = wire.send(part, of: object(size: total), in: session, body: .none, digest: nil)
        #expect(request.method == .PUT)
        #expect(request.url == session.handle)
        #expect(request.headers["Content-Range"] == [expected])
        #expect(request.headers["x-goog-hash"].isEmpty)
    }

    @Test func theLastPartCarriesTheDigest() {
        var crc = CRC32C()
        Array("123456789".utf8).withUnsafeBytes { crc.update($0) }
        let last = Part(offset: 0, length: 9, isLast: true)
        let request = wire.send(last, of: object(size: 9), in: session, body: .none, digest: crc.digest)
        #expect(request.headers["x-goog-hash"] == ["crc32c=4waSgw=="])
    }

    @Test func aProbeAsksWithoutFinishing() {
        let request = wire.probe(session)
        #expect(request.headers["Content-Range"] == ["bytes */*"])
        #expect(request.headers["Content-Length"] == ["0"])
    }

    @Test func aCommitSaysHowLongTheObjectIs() {
        let request = wire.commit(session, of: object(size: 77), digest: BytePattern(size: 77).digest)
        #expect(request.headers["Content-Range"] == ["bytes */77"])
        #expect(request.headers["x-goog-hash"].count == 1)
    }

    @Test func objectsAreNamedByTheirWholeEscapedKey() {
        #expect(wire.find(ObjectKey("a/b ü?#")).url.hasSuffix("/storage/v1/b/my-bucket/o/a%2Fb%20%C3%BC%3F%23"))
        #expect(wire.remove(ObjectKey("a"), version: "7").url.hasSuffix("/o/a?ifGenerationMatch=7"))
        #expect(wire.remove(ObjectKey("a"), version: nil).url.hasSuffix("/o/a"))
        #expect(
            wire.rewrite(ObjectKey("a/b"), version: "7", to: ObjectKey("c d"), token: "t+/=").url
                .hasSuffix("/o/a%2Fb/rewriteTo/b/my-bucket/o/c%20d?ifSourceGenerationMatch=7&rewriteToken=t%2B%2F%3D"))
    }

    @Test func descriptionsHoldWhatTheUserSet() {
        var described = object()
        described.metadata = ["camera": "x\"y"]
        described.storageClass = "NEARLINE"
        let json = ObjectJSON.describing(described, .none, digest: BytePattern(size: 0).digest)
        #expect(
            json
                == #"{"contentType":"image/png","crc32c":"AAAAAA==","metadata":{"camera":"x\"y"},"name":"p/dir/a b.bin","storageClass":"NEARLINE"}"#
        )
    }

    // MARK: Multipart

    @Test(arguments: [0, 1, 64 << 10, (64 << 10) + 1, 300_000] as [Int64])
    func aMultipartBodyIsFramedToTheByte(size: Int64) async throws {
        let transport = RecordingTransport(responses: HTTPResponse(.ok, text: #"{"size":"\#(size)","generation":"5"}"#))
        let backend = GoogleStorageBackend(destination: wire.destination, transport: transport, tokens: AnonymousTokens())
        let pattern = BytePattern(size: size)
        var description = object(size: size)
        description.contentType = "x/y"
        let answer = try await backend.put(description, body: pattern.body, digest: pattern.digest, bodyDigest: nil)
        #expect(answer.version == "5" && answer.size == size)

        let sent = try #require(transport.sent.first)
        let type = try #require(sent.headers.first(name: "Content-Type"))
        let boundary = type.dropFirst("multipart/related; boundary=\"".count).dropLast()
        let head =
            "--\(boundary)\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n"
            + "{\"contentType\":\"x/y\",\"crc32c\":\"\(pattern.digest.base64)\",\"name\":\"p/dir/a b.bin\"}\r\n"
            + "--\(boundary)\r\ncontent-type: x/y\r\n\r\n"
        var expected = ByteBuffer(string: head)
        expected.writeBytes(pattern.all)
        expected.writeString("\r\n--\(boundary)--")
        #expect(sent.body == expected)
        #expect(sent.isStreamed == (size > 64 << 10))
        #expect(boundary.count >= 16)
    }

    @Test(arguments: ["", "a/b\r\nX-Evil: 1", "a/\u{7f}", "é/x"])
    func aContentTypeThatIsNoneIsNotSent(type: String) async throws {
        let transport = RecordingTransport(responses: HTTPResponse(.ok, text: "{}"))
        let backend = GoogleStorageBackend(destination: wire.destination, transport: transport, tokens: AnonymousTokens())
        var description = object(size: 0)
        description.contentType = type
        let pattern = BytePattern(size: 0)
        let atPut = await #expect(throws: UploadError.self) {
            try await backend.put(description, body: pattern.body, digest: pattern.digest, bodyDigest: nil)
        }
        let atBegin = await #expect(throws: UploadError.self) { try await backend.begin(description) }
        #expect(atPut?.code == .rejected && atBegin?.code == .rejected)
        #expect(transport.sent.isEmpty)
    }

    @Test func aStreamedBodyAnnouncesItsWholeLength() async throws {
        let multipart = MultipartBody(description: "{}", contentType: "a/b", boundary: "B")
        let pattern = BytePattern(size: 200_000)
        let stream = multipart.stream(pattern.body)
        var length = 0
        for try await piece in stream { length += piece.readableBytes }
        #expect(Int64(length) == stream.length)
    }

    @Test func contentThatIsShorterThanAnnouncedIsNotSent() async throws {
        let transport = RecordingTransport(responses: HTTPResponse(.ok, text: "{}"))
        let backend = GoogleStorageBackend(destination: wire.destination, transport: transport, tokens: AnonymousTokens())
        let short = PartBody(length: 10) { nil }
        let error = await #expect(throws: UploadError.self) {
            try await backend.put(object(size: 10), body: short, digest: BytePattern(size: 10).digest, bodyDigest: nil)
        }
        #expect(error?.code == .unreadable)
        #expect(transport.sent.isEmpty)
    }
}
