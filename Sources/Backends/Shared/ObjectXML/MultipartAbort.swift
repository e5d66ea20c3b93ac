import HTTPTransport
import NIOHTTP1
import UploadCore

/// Drops an upload in parts. A part that is still on its way may land after the request, so the upload is looked for until it is gone.
struct MultipartAbort {
    let faults: ObjectXMLFaults

    /// How often the request is made in one call; the engine comes back later.
    private static let timesMax = 3

    /// - Parameters:
    ///   - drop: sends the request that drops it.
    ///   - look: asks for its parts.
    func run(
        drop: () async throws(UploadError) -> HTTPResponse, look: () async throws(UploadError) -> HTTPResponse
    ) async throws(UploadError) {
        for _ in 0..<Self.timesMax {
            let response = try await drop()
            guard response.status == .noContent || response.status == .ok || response.status == .notFound else { throw faults.classify(response) }
            let list = try await look()
            if list.status == .notFound { return }
            guard list.status == .ok else { throw faults.classify(list) }
        }
        throw UploadError(.serverBusy, "an upload is still there after it was dropped \(Self.timesMax) times")
    }
}
