import Foundation
import HTTPTypes
import Hummingbird

/// `/_test/…`: faults, counters and settings for tests in other processes. These requests are not counted and no fault hits them.
struct TestControl: Sendable {
    let counters: Counters
    let faults: FaultScript
    let box: BoxControl

    /// Nil if the path is not one of these.
    func respond(to exchange: Exchange) async throws -> Response? {
        guard exchange.target.segments.first == "_test" else { return nil }
        switch (exchange.method, exchange.target.segments.dropFirst().joined(separator: "/")) {
        case (.get, "counters"):
            let body = ResponseBody(byteBuffer: ByteBuffer(bytes: try JSONEncoder().encode(counters.snapshot())))
            return Response(status: .ok, headers: [.contentType: "application/json"], body: body)
        case (.post, "counters/reset"):
            counters.reset()
            return Response(status: .noContent)
        case (.post, "faults"):
            return try await set(exchange) { faults.set($0) }
        case (.post, "box"):
            return try await set(exchange) { box.set($0) }
        case (.delete, "faults"):
            faults.clear()
            return Response(status: .noContent)
        default:
            return Response(status: .notFound)
        }
    }

    private func set<Value: Decodable>(_ exchange: Exchange, _ take: (Value) -> Void) async throws -> Response {
        do {
            take(try JSONDecoder().decode(Value.self, from: try await exchange.collectBody()))
            return Response(status: .noContent)
        } catch {
            return .text("\(error)\n", status: 400)
        }
    }
}
