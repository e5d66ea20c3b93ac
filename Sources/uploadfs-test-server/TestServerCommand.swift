import ArgumentParser
import Foundation
import Logging
import UploadTestServer

@main
struct TestServerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uploadfs-test-server",
        abstract: "A local server that speaks the upload protocols of uploadfs, with faults on demand.",
        discussion: """
            Cloud Storage is at /storage/v1 and /upload/storage/v1, and with its XML API at /BUCKET/KEY, as is Huawei OBS; Drive at /drive/v3 \
            and /upload/drive/v3; a Google media upload method, a farm's, at /upload/farm/v1/animals, with its discovery document at \
            /discovery/v1/apis/farm/v1/rest; Box at /box. The token is test-token, and Cloud Storage takes none, too; the access key is TESTKEY \
            with the secret testsecret. The bytes of BUCKET/KEY lie in DIR/objects/BUCKET/KEY, with every byte of KEY other than a letter, \
            a digit, _, - or a dot that does not come first as %XX.
            """
    )

    @Option(help: ArgumentHelp("Where everything is kept. Made when it is not there.", valueName: "dir"))
    var root: String

    @Option(
        help: ArgumentHelp("The loopback address to listen on; port 0 takes a free one.", valueName: "address:port"),
        transform: ListenAddress.init(parsing:)
    )
    var listen = ListenAddress(host: "127.0.0.1", port: 0)

    @Option(help: ArgumentHelp("Write the port to this file as soon as connections are accepted.", valueName: "file"))
    var portFile: String?

    @Option(help: ArgumentHelp("Make a bucket, beside demo. May be repeated.", valueName: "name"))
    var bucket: [String] = []

    @Option(help: ArgumentHelp("A JSON array of faults to begin with.", valueName: "file"))
    var faults: String?

    func run() async throws {
        let script = try loadFaults()
        let signals = ServerStopSignals()
        let server = try await startServer()
        server.faults.set(script)
        if let portFile { try Data("\(server.port)\n".utf8).write(to: URL(filePath: portFile), options: .atomic) }
        announce(server)
        await signals.wait()
        await server.stop()
    }

    private func startServer() async throws -> TestServer {
        var logger = Logger(label: "uploadfs-test-server") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .notice
        do {
            return try await TestServer.start(root: root, host: listen.host, port: listen.port, buckets: ["demo"] + bucket, logger: logger)
        } catch let error as InvalidBucketName {
            throw ValidationError(error.description)
        }
    }

    private func loadFaults() throws -> [Fault] {
        guard let faults else { return [] }
        do {
            return try JSONDecoder().decode([Fault].self, from: Data(contentsOf: URL(filePath: faults)))
        } catch {
            throw ValidationError("The faults in \(faults) cannot be read: \(error)")
        }
    }

    /// Standard output may be a pipe, which would keep the line in a buffer.
    private func announce(_ server: TestServer) {
        FileHandle.standardOutput.write(Data("listening on \(server.url)\n".utf8))
    }
}
