import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import Testing

@testable import UploadTestServer

/// Google's Go clients, rclone's among them, send the JSON `null` where they have nothing to say of a copy's or folder's metadata.
@Suite(.timeLimit(.minutes(20))) struct NullBodyTests {
    private func send(_ method: HTTPMethod, _ url: String, _ body: String, type: String = "application/json") async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: url)
        request.method = method
        request.headers = ["Content-Type": type, "Authorization": "Bearer test-token"]
        request.body = .bytes(ByteBuffer(string: body))
        return try await HTTPClient.shared.execute(request, timeout: .seconds(30))
    }

    @Test(arguments: ["null", "null\n", "{}", ""])
    func aCopyWithoutMetadataKeepsTheSources(_ body: String) async throws {
        let root = "\(NSTemporaryDirectory())/uploadfs-test-server-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }
        let server = try await TestServer.start(root: root, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let (api, upload) = ("\(server.url)/storage/v1/b/demo/o", "\(server.url)/upload/storage/v1/b/demo/o?uploadType=media&name=a")
        var statuses = [try await send(.POST, upload, "content", type: "text/plain").status]
        statuses.append(try await send(.POST, "\(api)/a/rewriteTo/b/demo/o/b", body).status)
        statuses.append(try await send(.POST, "\(api)/a/copyTo/b/demo/o/c", body).status)
        statuses.append(try await send(.PATCH, "\(api)/b", body).status)
        let copy = try await send(.GET, "\(api)/b", "")
        let text = String(buffer: try await copy.body.collect(upTo: 1 << 20))
        await server.stop()
        #expect(statuses == [.ok, .ok, .ok, .ok])
        #expect(text.contains(#""contentType":"text/plain""#) && text.contains(#""size":"7""#), "\(text)")
    }

    @Test(arguments: ["7", "[]", "\"null\"", "nul", "{"])
    func whatIsNoObjectIsRefused(_ body: String) {
        #expect(JSONValue.fields(ofBody: Data(body.utf8)) == nil)
    }
}
