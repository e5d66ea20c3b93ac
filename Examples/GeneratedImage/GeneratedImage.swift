import ArgumentParser
import Backends
import Credentials
import Foundation
import HTTPTransport
import Logging
import UploadCore
import Uploading

/// Uploads a picture that is computed on the fly, with the libraries that uploadfs is made of.
@main
struct GeneratedImage: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upload-generated-image",
        abstract: "Computes a picture and uploads it to Google Cloud Storage while it is computed.",
        discussion: "Stop it at any time: with the same --checkpoint it resumes from what the service has.")

    @Argument(help: "Where the picture goes: gs://BUCKET/NAME") var destination: String
    @Option(help: "Width in pixels.") var width = 2000
    @Option(help: "Height in pixels.") var height = 1500
    @Option(help: "File that keeps what another run needs to resume.") var checkpoint = "generated-image.checkpoint"

    func run() async throws {
        let file = CheckpointFile(path: checkpoint)
        let transport = AsyncHTTPTransport(.init(userAgent: "upload-generated-image"), logger: Logger(label: "http"))
        do {
            let (backend, key) = try backend(over: transport)
            let upload = Upload(
                of: MandelbrotImage(width: width, height: height),
                as: ObjectDescription(key: key, size: nil, contentType: "image/x-portable-pixmap"), to: backend,
                options: .init(partLength: 256 << 10), from: try file.load(), keep: file.store)
            let printing = Task { await show(upload.progress) }
            let object = try await upload.run()
            await printing.value
            try file.remove()
            say("\(backend.url(of: key)): \(object.size) bytes, \(object.digest?.description ?? "no digest")")
        } catch {
            await transport.shutdown()
            throw error
        }
        await transport.shutdown()
    }

    private func backend(over transport: AsyncHTTPTransport) throws -> (GoogleStorageBackend, ObjectKey) {
        let environment = ProcessInfo.processInfo.environment
        let endpoint = try GoogleStorageDestination.endpoint(option: nil, environment: environment)
        // By bytes: a name may begin with a combining mark, which makes one Character with the slash before it.
        guard let slash = destination.utf8.lastIndex(of: UInt8(ascii: "/")), destination.utf8.starts(with: "gs://".utf8),
            slash > destination.utf8.index(destination.startIndex, offsetBy: 5)
        else { throw ValidationError("\(destination) is not of the form gs://BUCKET/NAME") }
        let storage = try GoogleStorageDestination(String(destination[..<slash]), endpoint: endpoint.url)
        let tokens = try GoogleCredentials.discover(
            file: nil, environment: environment, endpoint: storage.endpoint, isEmulator: endpoint.isEmulator, transport: transport)
        let backend = GoogleStorageBackend(destination: storage, transport: transport, tokens: tokens)
        return (backend, try backend.key(for: SpoolPath(bytes: Array(destination.utf8[slash...].dropFirst()))))
    }

    /// A line whenever the service has confirmed more.
    private func show(_ progress: some AsyncSequence<UploadProgress, Never>) async {
        var last: Int64 = -1
        for await state in progress where state.bytesConfirmed != last {
            last = state.bytesConfirmed
            let total = state.bytesTotal.map(String.init) ?? "?"
            let seconds = state.elapsed.formatted(.units(allowed: [.seconds], fractionalPart: .show(length: 1)))
            say("\(state.bytesConfirmed) of \(total) bytes after \(seconds)")
        }
    }

    /// At once, into a file or a pipe, too.
    private func say(_ line: String) {
        FileHandle.standardOutput.write(Data("\(line)\n".utf8))
    }
}
