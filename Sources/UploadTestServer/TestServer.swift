import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// A server that speaks the protocols of the destinations, keeps what it gets on local disk, and fails on demand.
///
/// The bytes of an object BUCKET/KEY lie in the file `ROOT/objects/BUCKET/ESCAPED`, where ESCAPED is the key with each byte other
/// than a letter, a digit, `_`, `-` or a dot that does not come first written as `%XX`; longer than 240 characters it is cut into directories.
public final class TestServer: Sendable {
    public let host: String
    public let port: Int
    public let faults: FaultScript
    public let counters: Counters
    public let box: BoxControl

    private let running: Task<Void, any Error>
    private let connections: Connections

    public var url: String { "http://\(host):\(port)" }

    /// Starts a server and returns when it accepts connections. What an earlier server left under the root is served again.
    /// - Parameters:
    ///   - root: a directory, made when it is not there.
    ///   - port: 0 takes any that is free.
    ///   - buckets: made when they are not there.
    ///   - googlePartSizeMin: the smallest part of a multipart upload to Cloud Storage, in bytes; less than the service's in tests that are to be short.
    public static func start(
        root: String, host: String = "127.0.0.1", port: Int = 0, buckets: [String] = ["demo"], googlePartSizeMin: Int64 = 5 << 20,
        logger: Logger
    ) async throws -> TestServer {
        let counters = Counters()
        let faults = FaultScript()
        let box = BoxControl()
        let connections = Connections()
        let responder = try makeResponder(root: root, buckets: buckets, FaultGate(counters: counters, faults: faults), box, googlePartSizeMin, logger)
        // Hummingbird reports being stopped as an error.
        var serverLogger = logger
        serverLogger.logLevel = .critical
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            responder: responder,
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [ContinueHandler(), ConnectionWatch(counters: counters, connections: connections)]
                )
            ),
            configuration: .init(address: .hostname(host, port: port)),
            onServerRunning: { channel in continuation.yield(channel.localAddress?.port ?? port) },
            logger: serverLogger
        )
        let running = Task {
            defer { continuation.finish() }
            try await application.run()
        }
        for await port in ports {
            return TestServer(
                host: host, port: port, faults: faults, counters: counters, box: box, running: running, connections: connections)
        }
        switch await running.result {
        case .failure(let error): throw CannotListen(address: "\(host):\(port)", reason: "\(error)")
        case .success: throw CancellationError()
        }
    }

    private init(
        host: String, port: Int, faults: FaultScript, counters: Counters, box: BoxControl, running: Task<Void, any Error>,
        connections: Connections
    ) {
        self.host = host
        self.port = port
        self.faults = faults
        self.counters = counters
        self.box = box
        self.running = running
        self.connections = connections
    }

    /// Stops accepting connections and closes those that are open, whatever they are in the middle of.
    public func stop() async {
        running.cancel()
        connections.closeAll()
        // The only error that a stopped server can have is that it was stopped.
        _ = await running.result
    }

    private static func makeResponder(
        root: String, buckets: [String], _ gate: FaultGate, _ box: BoxControl, _ googlePartSizeMin: Int64, _ logger: Logger
    ) throws -> Responder {
        let layout = try StorageLayout(root: root)
        let objects = try ObjectStore(layout: layout)
        for bucket in buckets {
            guard BucketName.isValid(bucket) else { throw InvalidBucketName(name: bucket) }
            _ = try objects.makeBucket(bucket)
        }
        return Responder(
            control: TestControl(counters: gate.counters, faults: gate.faults, box: box), tokens: TokenService(gate: gate),
            obs: try HuaweiOBS(layout: layout, objects: objects, gate: gate),
            googleStorage: try GoogleStorage(layout: layout, objects: objects, gate: gate),
            googleXML: try ObjectXMLService(
                GoogleXMLDialect(partSizeMin: googlePartSizeMin), service: "google", layout: layout, objects: objects, gate: gate),
            drive: try Drive(root: root, gate: gate), farm: try Farm(root: root, gate: gate),
            box: try Box(root: root, control: box, gate: gate), logger: logger
        )
    }
}

/// The address cannot be listened on; most often another program does.
public struct CannotListen: Error, CustomStringConvertible {
    public let address: String
    public let reason: String

    public var description: String { "Cannot listen on \(address): \(reason)" }
}

/// A bucket was asked for that no service would make.
public struct InvalidBucketName: Error, CustomStringConvertible {
    public let name: String

    public var description: String {
        "There can be no bucket \"\(name)\": a name has 3 to 222 of a-z, 0-9, - _ and dots, and begins and ends with a letter, digit or _."
    }
}
