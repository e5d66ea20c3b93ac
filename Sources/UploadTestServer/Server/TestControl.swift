import Foundation
import HTTPTypes
import Hummingbird

/// `/_test/…`: faults and counters for tests in other processes. These requests are not counted and no fault hits them.
struct TestControl: Sendable {
    let counters: Counters
    let faults: FaultScript

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
            return try await setFaults(exchange)
        case (.delete, "faults"):
            faults.clear()
            return Response(status: .noContent)
        default:
            return Response(status: .notFound)
        }
    }

    private func setFaults(_ exchange: Exchange) async throws -> Response {
        do {
            faults.set(try JSONDecoder().decode([Fault].self, from: try await exchange.collectBody()))
            return Response(status: .noContent)
        } catch {
            return .text("\(error)\n", status: 400)
        }
    }
}
