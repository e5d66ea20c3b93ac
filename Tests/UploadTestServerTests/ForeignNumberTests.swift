import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import Testing

@testable import UploadTestServer

/// Numbers of a client that no object, list or date has: each is refused or bounded, and the server goes on.
@Suite(.timeLimit(.minutes(20))) struct ForeignNumberTests {
    private static let numbers = ["-1", "0", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "x", ""]

    private func status(_ method: HTTPMethod, _ url: String, _ headers: HTTPHeaders = [:], _ body: String = "") async throws -> Int {
        var request = HTTPClientRequest(url: url)
        request.method = method
        request.headers = headers
        request.headers.add(name: "Authorization", value: "Bearer test-token")
        request.body = .bytes(ByteBuffer(string: body))
        return Int(try await HTTPClient.shared.execute(request, timeout: .seconds(30)).status.code)
    }

    @Test func noNumberEndsTheServer() async throws {
        let root = "\(NSTemporaryDirectory())/uploadfs-test-server-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }
        let server = try await TestServer.start(root: root, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let upload = "\(server.url)/upload/storage/v1/b/demo/o?name=a&uploadType="
        _ = try await status(.POST, upload + "media", ["Content-Type": "text/plain"], "content")
        for number in Self.numbers {
            let lists = [
                "storage/v1/b/demo/o?maxResults=\(number)", "demo?max-keys=\(number)", "demo?uploads&max-uploads=\(number)",
                "demo/a?uploadId=u&max-parts=\(number)&part-number-marker=\(number)", "storage/v1/b/demo/o/a?generation=\(number)",
            ]
            for list in lists { #expect((200..<500).contains(try await status(.GET, "\(server.url)/\(list)")), "\(list)") }
            for range in ["bytes=\(number)-\(number)", "bytes=-\(number)", "bytes=0-\(number)"] {
                #expect((200..<500).contains(try await status(.GET, "\(server.url)/storage/v1/b/demo/o/a?alt=media", ["Range": range])), "\(range)")
            }
            #expect((200..<500).contains(try await status(.POST, upload + "resumable", ["X-Upload-Content-Length": number])), "\(number)")
            let size = #"{"folder_id":"0","file_name":"b","file_size":\#(number.isEmpty ? "1e300" : number)}"#
            #expect((200..<500).contains(try await status(.POST, "\(server.url)/box/api/2.0/files/upload_sessions", [:], size)), "\(size)")
        }
        let stillThere = try await status(.GET, "\(server.url)/storage/v1/b/demo/o/a")
        await server.stop()
        #expect(stillThere == 200)
    }

    @Test(arguments: numbers)
    func aContentRangeIsBounded(_ number: String) {
        for header in ["bytes \(number)-\(number)/\(number)", "bytes 0-\(number)/*", "bytes */\(number)", "bytes \(number)-*/\(number)"] {
            guard let range = try? ReceivedRange(header) else { continue }
            for contentLength in [nil, 0, Exchange.lengthMax] as [Int64?] {
                _ = try? PartRange(range, persisted: 1, declared: nil, contentLength: contentLength)
            }
        }
        #expect(HTTPTime.seconds("Sat, 01 Aug \(number) 00:00:00 GMT") == nil)
    }
}
