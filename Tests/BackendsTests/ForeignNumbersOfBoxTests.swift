import Credentials
import HTTPTransport
import NIOHTTP1
import Testing
import UploadCore
import UploadTesting

@testable import Backends

/// Part sizes, counts and offsets that Box could give, and must not end the program.
@Suite struct ForeignNumbersOfBoxTests {
    static func session(partSize: Int64?) -> UploadSession {
        let handle = BoxSessionHandle(
            part: "https://upload.box.com/p", list: "https://upload.box.com/l", commit: "https://upload.box.com/c", abort: "https://upload.box.com/a",
            etag: nil)
        return UploadSession(handle: handle.text, expiresAt: nil, partSize: partSize)
    }

    static func object(_ size: Int64) -> ObjectDescription {
        ObjectDescription(key: ObjectKey("a"), size: size, contentType: "text/plain", precondition: .version("12/3"))
    }

    private func backend(_ transport: RecordingTransport) -> BoxBackend {
        BoxBackend(destination: BoxDestination(folderID: "0"), transport: transport, tokens: StaticToken("t"))
    }

    private func opened(_ partSize: String, _ totalParts: String = "null") -> HTTPResponse {
        let endpoints =
            #"{"upload_part":"https://upload.box.com/p","commit":"https://upload.box.com/c","abort":"https://upload.box.com/a","list_parts":"https://upload.box.com/l"}"#
        return HTTPResponse(.created, text: #"{"part_size":\#(partSize),"total_parts":\#(totalParts),"session_endpoints":\#(endpoints)}"#)
    }

    @Test(arguments: ["9223372036854775807", "5368709121", "1", "0", "-1", "-9223372036854775808"])
    func aSessionWithAnUnusablePartSizeIsRefusedAndDropped(_ partSize: String) async {
        let transport = RecordingTransport(responses: opened(partSize), HTTPResponse(.noContent, text: ""))
        let error = await #expect(throws: UploadError.self) { try await backend(transport).begin(Self.object(100_000_000)) }
        #expect(error?.code == .invalidResponse && error?.sentence.contains("parts of \(partSize) bytes") == true)
        #expect(transport.sent.last?.method == .DELETE && transport.sent.last?.url == "https://upload.box.com/a")
    }

    @Test(arguments: ["9223372036854775808", "1e400", "\"8388608\"", "null", "[]"])
    func aPartSizeThatIsNoNumberIsAMalformedResponse(_ partSize: String) async {
        let error = await #expect(throws: UploadError.self) {
            try await backend(RecordingTransport(responses: opened(partSize))).begin(Self.object(100_000_000))
        }
        #expect(error?.code == .invalidResponse)
    }

    @Test func theCountOfPartsHasToFit() async throws {
        let transport = RecordingTransport(responses: opened("8388608", "12"))
        #expect(try await backend(transport).begin(Self.object(100_000_000)).partSize == 8_388_608)
        for count in ["11", "0", "-1", "9223372036854775807"] {
            let transport = RecordingTransport(responses: opened("8388608", count), HTTPResponse(.noContent, text: ""))
            let error = await #expect(throws: UploadError.self) { try await backend(transport).begin(Self.object(100_000_000)) }
            #expect(error?.code == .invalidResponse)
        }
    }

    @Test(arguments: [.max, 1, 0, -1, .min, nil] as [Int64?])
    func aStoredSessionWithAnUnusablePartSizeIsGone(_ partSize: Int64?) async throws {
        let transport = RecordingTransport(responses: HTTPResponse(.ok, text: #"{"entries":[]}"#))
        let session = Self.session(partSize: partSize)
        // The whole file in one part is a plan; anything else is none.
        if partSize == .max {
            #expect(try await backend(transport).probe(session, of: Self.object(100_000_000)) == .parts([]))
        } else {
            let error = await #expect(throws: UploadError.self) { try await backend(transport).probe(session, of: Self.object(100_000_000)) }
            #expect(error?.code == .sessionGone && transport.sent.isEmpty)
        }
    }

    @Test(
        arguments: [
            ("-1", "5", .invalidResponse), ("0", "-1", .invalidResponse), ("-9223372036854775808", "-9223372036854775808", .invalidResponse),
            ("9223372036854775807", "100", .digestMismatch), ("0", "9223372036854775807", .digestMismatch), ("1000", "0", .digestMismatch),
        ] as [(String, String, UploadError.Code)])
    func aPartOutOfBoundsIsNoneOfTheFiles(offset: String, size: String, code: UploadError.Code) async {
        let transport = RecordingTransport(
            responses: HTTPResponse(.ok, text: #"{"entries":[{"part_id":"p","offset":\#(offset),"size":\#(size)}]}"#))
        let error = await #expect(throws: UploadError.self) {
            try await backend(transport).probe(Self.session(partSize: 100), of: Self.object(1000))
        }
        #expect(error?.code == code)
    }
}
