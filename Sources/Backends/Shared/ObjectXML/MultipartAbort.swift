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
        drop: () async throws(UploadError) -> HTTPAnswer, look: () async throws(UploadError) -> HTTPAnswer
    ) async throws(UploadError) {
        for _ in 0..<Self.timesMax {
            let answer = try await drop()
            guard answer.status == .noContent || answer.status == .ok || answer.status == .notFound else { throw faults.classify(answer) }
            let list = try await look()
            if list.status == .notFound { return }
            guard list.status == .ok else { throw faults.classify(list) }
        }
        throw UploadError(.serverBusy, "an upload is still there after it was dropped \(Self.timesMax) times")
    }
}
