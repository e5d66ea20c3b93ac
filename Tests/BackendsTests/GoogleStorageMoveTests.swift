import Backends
import Credentials
import HTTPTransport
import NIOHTTP1
import Testing
import UploadCore
import UploadTesting

@Suite struct GoogleStorageMoveTests {
    private func move(_ transport: RecordingTransport) async throws -> RemoteObject {
        let backend = GoogleStorageBackend(
            destination: GoogleStorageDestination(bucket: "b", prefix: ""), transport: transport, tokens: AnonymousTokens())
        return try await backend.move(ObjectKey("a"), version: "7", to: ObjectKey("z"))
    }

    @Test func aCopyGoesOnUntilItIsDoneAndThenTheSourceGoes() async throws {
        let transport = RecordingTransport(
            responses: HTTPResponse(.ok, text: #"{"done":false,"rewriteToken":"one"}"#),
            HTTPResponse(.ok, text: #"{"done":false,"rewriteToken":"two"}"#),
            HTTPResponse(.ok, text: #"{"done":true,"resource":{"size":"5","generation":"8"}}"#),
            HTTPResponse(.noContent, text: ""))
        #expect(try await move(transport).version == "8")
        let base = "https://storage.googleapis.com/storage/v1/b/b/o/a"
        #expect(
            transport.sent.map { "\($0.method) \($0.url.dropFirst(base.count))" } == [
                "POST /rewriteTo/b/b/o/z?ifSourceGenerationMatch=7",
                "POST /rewriteTo/b/b/o/z?ifSourceGenerationMatch=7&rewriteToken=one",
                "POST /rewriteTo/b/b/o/z?ifSourceGenerationMatch=7&rewriteToken=two",
                "DELETE ?ifGenerationMatch=7",
            ])
    }

    @Test func aMissingSourceWithoutATargetIsAnError() async {
        let transport = RecordingTransport(
            responses: HTTPResponse(.notFound, text: #"{"error":{"message":"No such object: b/a"}}"#))
        let error = await #expect(throws: UploadError.self) { try await move(transport) }
        #expect(error?.code == .rejected)
    }

    @Test(arguments: ["", "{}", #"{"done":true}"#, #"{"done":false}"#])
    func aCopyThatIsDescribedWronglyIsAnInvalidResponse(text: String) async {
        let error = await #expect(throws: UploadError.self) { try await move(RecordingTransport(responses: HTTPResponse(.ok, text: text))) }
        #expect(error?.code == .invalidResponse)
    }
}
