import Credentials
import Foundation
import HTTPTransport
import Logging
import NIOConcurrencyHelpers
import Spool
import Testing
import UploadCore
import UploadEngine
import UploadTestServer

@testable import Backends

/// An engine over a real spool, a real database and a real server; the test plays the file system.
final class EngineFixture: Sendable {
    static let chunk: Int64 = 256 << 10

    let directory: String
    let server: TestServer
    private let transport: AsyncHTTPTransport
    private let service: Service
    private let mount: NIOLockedValueBox<Mount?>
    let openFiles = OpenFileList()

    struct Mount: Sendable {
        let state: StateDirectory
        let engine: UploadEngine
    }

    /// Of each kind of session one.
    enum Service {
        /// Cloud Storage: by offset.
        case inOrder
        /// OBS: numbered parts.
        case numbered
        /// Drive: by offset, and new content for a file is another version of it.
        case versioned
        /// A media method: everything in one request, and nothing can be looked for.
        case blind
    }

    init(_ service: Service) async throws {
        self.service = service
        directory = NSTemporaryDirectory() + "uploadfs-engine-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        server = try await TestServer.start(root: directory + "/server", logger: Logger(label: "server"))
        var configuration = AsyncHTTPTransport.Configuration(userAgent: "uploadfs-tests")
        configuration.connectTimeout = .seconds(1)
        transport = AsyncHTTPTransport(configuration, logger: Logger(label: "http"))
        mount = NIOLockedValueBox(nil)
        try start()
    }

    var engine: UploadEngine {
        get throws { try #require(mount.withLockedValue { $0 }).engine }
    }

    /// Starts an engine on the state directory, as a new process would.
    func start(settle: Duration = .zero, isStarted: Bool = true, verifiesSources: Bool = false) throws {
        let state = try openState()
        var logger = Logger(label: "engine")
        logger.logLevel = .error
        let engine = try UploadEngine(
            configuration: .init(
                partLength: Self.chunk, parallelFiles: 4, verifiesSources: verifiesSources, settle: settle, hold: ["*.part"], propagateRemovals: true),
            backend: try backend, state: state, logger: logger)
        if isStarted { engine.start(openFiles: openFiles) }
        mount.withLockedValue { $0 = Mount(state: state, engine: engine) }
    }

    var backend: any UploadBackend {
        get throws {
            switch service {
            case .inOrder:
                GoogleStorageBackend(
                    destination: GoogleStorageDestination(bucket: "demo", prefix: "p", endpoint: server.url), transport: transport,
                    tokens: AnonymousTokens(), singleRequestMax: Self.chunk)
            case .numbered:
                HuaweiOBSBackend(
                    destination: OBSDestination(bucket: "demo", prefix: "p", endpoint: server.url, isPathStyle: true), transport: transport,
                    keys: TokenCache(TestKeys(), clock: ContinuousClock()), singleRequestMax: Self.chunk, copyMax: 4 * Self.chunk)
            case .versioned:
                DriveBackend(
                    destination: DriveDestination(folder: "root", path: [], endpoint: server.url), transport: transport,
                    tokens: StaticToken("test-token"))
            case .blind:
                MediaMethodBackend(
                    destination: try MediaMethodDestination("google+\(server.url)/upload/farm/v1/animals", endpoint: nil),
                    options: try MediaMethodOptions(form: .simple), transport: transport, tokens: StaticToken("test-token"))
            }
        }
    }

    /// A child process that another test starts has this one's descriptors, the lock among them, for the moment between fork and
    /// exec; so a lock that was just given back may take a moment to be free.
    private func openState() throws -> StateDirectory {
        for _ in 0..<200 {
            if let state = try? StateDirectory.open(path: directory + "/state", destination: "gs://demo/p") { return state }
            usleep(10_000)
        }
        return try StateDirectory.open(path: directory + "/state", destination: "gs://demo/p")
    }

    func stop() async throws {
        let mounted = mount.withLockedValue { mount in
            defer { mount = nil }
            return mount
        }
        await mounted?.engine.shutdown()
    }

    /// Every test ends with this, also a failing one: see `withEngine`.
    func tearDown() async throws {
        try await stop()
        await transport.shutdown()
        await server.stop()
        try FileManager.default.removeItem(atPath: directory)
    }

    // MARK: The file system's part

    func spoolPath(_ path: String) -> String { "\(directory)/state/spool/\(path)" }

    func fileID(_ path: String) throws -> FileID {
        let attributes = try FileManager.default.attributesOfItem(atPath: spoolPath(path))
        return FileID(inode: try #require((attributes[.systemFileNumber] as? NSNumber)?.uint64Value))
    }

    /// Writes a file as a program does: open, write, close.
    @discardableResult
    func write(_ path: String, _ content: Data, urgent: Bool = false) throws -> FileID {
        let url = URL(fileURLWithPath: spoolPath(path))
        if !FileManager.default.fileExists(atPath: url.path) {
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data().write(to: url)
        }
        let id = try fileID(path)
        try engine.report(.contentWillChange(id, path: SpoolPath(path), unseen: false))
        let handle = try FileHandle(forWritingTo: url)
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: content)
        try handle.close()
        try close(path, urgent: urgent)
        return id
    }

    func close(_ path: String, urgent: Bool = false) throws {
        let spool = try #require(mount.withLockedValue { $0 }).state.spool
        let file = try spool.openForReading(SpoolPath(path))
        try engine.report(.contentClosed(file.id, path: SpoolPath(path), content: file.fingerprint(), urgent: urgent))
    }

    func rename(_ source: String, _ target: String) throws {
        let replaced = FileManager.default.fileExists(atPath: spoolPath(target)) ? try fileID(target) : nil
        guard Foundation.rename(spoolPath(source), spoolPath(target)) == 0 else { throw CocoaError(.fileWriteUnknown) }
        try engine.report(.renamed(fileID(target), from: SpoolPath(source), to: SpoolPath(target), isDirectory: false, replaced: replaced))
    }

    func remove(_ path: String) throws {
        let id = try fileID(path)
        try FileManager.default.removeItem(atPath: spoolPath(path))
        try engine.report(.removed(id, path: SpoolPath(path)))
    }

    // MARK: The server's part

    func object(_ key: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: "\(directory)/server/objects/demo/p%2F\(key.replacingOccurrences(of: "/", with: "%2F"))"))
    }

    var keys: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: directory + "/server/objects/demo")
                .map { $0.replacingOccurrences(of: "%2F", with: "/") }.sorted()
        }
    }

    /// What the objects of all names and ids hold.
    var contents: [Data] {
        get throws {
            // Each service has a directory of this name.
            try FileManager.default.subpathsOfDirectory(atPath: directory + "/server").filter { "/\($0)".contains("/objects/") }
                .map { URL(fileURLWithPath: "\(directory)/server/\($0)") }.filter { !$0.hasDirectoryPath }
                .map { try Data(contentsOf: $0) }
        }
    }

    func count(_ kind: String, _ key: String) -> Int {
        server.counters.snapshot().objects["demo/p/\(key)"]?.requestsByKind[kind] ?? 0
    }

    /// Returns when `condition` holds; fails the test after three minutes, for machines that run tests can stand still.
    func eventually(_ what: String, _ condition: () throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(180)
        while ContinuousClock.now < deadline {
            if try condition() { return }
            await Task.yield()
            try await Task.sleep(for: .milliseconds(5))
        }
        Issue.record("not within three minutes: \(what)")
    }

    func twoPartsAreConfirmed(of id: FileID) async throws {
        try await eventually("two parts are confirmed") { try engine.status(of: id)?.bytesConfirmed ?? 0 >= 2 * Self.chunk }
    }

    func state(_ id: FileID) throws -> UploadState? { try engine.status(of: id)?.state }
}

/// The one key that the test server takes.
private struct TestKeys: TokenGrant {
    func obtain() async throws(UploadError) -> AccessToken {
        AccessToken(value: AccessKey(id: "TESTKEY", secret: "testsecret", sessionToken: nil).token, lifetime: .seconds(3600))
    }
}

final class OpenFileList: OpenFiles {
    private struct State {
        var files: Set<FileID> = []
        var unreported: [FileID: @Sendable () throws -> Void] = [:]
    }

    private let state = NIOLockedValueBox(State())

    func set(_ file: FileID, isOpen: Bool) {
        state.withLockedValue { state in
            if isOpen { state.files.insert(file) } else { state.files.remove(file) }
        }
    }

    /// What the file system reports about the file when it is asked to look.
    func set(_ file: FileID, unreported report: @escaping @Sendable () throws -> Void) {
        state.withLockedValue { $0.unreported[file] = report }
    }

    func isOpenForWriting(_ file: FileID) -> Bool {
        state.withLockedValue { $0.files.contains(file) }
    }

    func noticeChanges(of file: FileID) throws {
        try state.withLockedValue { $0.unreported.removeValue(forKey: file) }?()
    }
}

/// Runs a test with an engine, and stops everything afterwards, whatever happened.
func withEngine(_ service: EngineFixture.Service = .inOrder, _ test: (EngineFixture) async throws -> Void) async throws {
    let fixture = try await EngineFixture(service)
    do {
        try await test(fixture)
    } catch {
        try await fixture.tearDown()
        throw error
    }
    try await fixture.tearDown()
}

/// Bytes that differ at every place, so that a part in the wrong place is noticed.
func pattern(_ length: Int, seed: UInt64 = 1) -> Data {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    var data = Data(capacity: length + 8)
    while data.count < length {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        withUnsafeBytes(of: state) { data.append(contentsOf: $0) }
    }
    return data.prefix(length)
}
