import Backends
import HTTPTransport
import Logging
import Spool
import UploadEngine
import UploadFilesystem
import UploadCore

/// What a mount is made of, put together from what the user asked for.
struct MountParts: Sendable {
    let logger: Logger
    let state: StateDirectory
    let transport: AsyncHTTPTransport
    let engine: UploadEngine
    let filesystem: UploadFilesystem
    private let freshDirectory: FreshDirectory?

    /// Opens everything but the mount itself. Looks at the credentials first, and at the state directory after that, so that a
    /// mistake changes nothing.
    static func open(_ request: MountRequest, _ place: MountRunner.Place) throws(CommandFailure) -> MountParts {
        let switchboard = LogSwitchboard()
        let logger = Logger(label: "uploadfs") { _ in LineLogHandler(write: switchboard.write) }
        let remote = try Remote.open(
            request.destination, settings: request.settings, environment: request.environment, logger)
        let freshDirectory = FreshDirectory(path: request.stateDirectory)
        do throws(CommandFailure) {
            let state = try StateDirectoryOpening.open(request)
            do throws(CommandFailure) {
                if place == .background { switchboard.use(try logFile(state)) }
                return try open(request, state, freshDirectory, remote, logger)
            } catch {
                freshDirectory?.remove()
                throw error
            }
        } catch {
            Blocking.run { await remote.transport.shutdown() }
            throw error
        }
    }

    private static func open(
        _ request: MountRequest, _ state: StateDirectory, _ freshDirectory: FreshDirectory?, _ remote: Remote, _ logger: Logger
    ) throws(CommandFailure) -> MountParts {
        if let backend = remote.backend as? any NameFoldingBackend { backend.use(state.spool) }
        let engine: UploadEngine
        do {
            engine = try UploadEngine(
                configuration: request.engineConfiguration, backend: remote.backend, state: state, logger: logger)
        } catch {
            throw CommandFailure(.ioError, "cannot open the checkpoints in \(state.path.printable): \("\(error)".printable)")
        }
        do {
            let filesystem = try UploadFilesystem(
                spool: state.spool, queue: engine, options: request.filesystemOptions, logger: logger)
            return MountParts(
                logger: logger, state: state, transport: remote.transport, engine: engine, filesystem: filesystem,
                freshDirectory: freshDirectory)
        } catch {
            Blocking.run { await engine.shutdown() }
            throw .system("cannot open the spool in \(state.path.printable)", error)
        }
    }

    private static func logFile(_ state: StateDirectory) throws(CommandFailure) -> LogFile {
        do {
            return try LogFile(path: "\(state.path)/log")
        } catch {
            throw .system("cannot open the log in \(state.path.printable)", error)
        }
    }

    /// Says in the state directory what is mounted. Without it the next mount of the same state waits before it gives up.
    func note(mountpoint: String) {
        do {
            try state.note(mountpoint: mountpoint)
        } catch {
            logger.warning("cannot record the mountpoint in the state directory", metadata: ["error": "\(error)"])
        }
    }

    /// Ends the uploads, and writes down what they came to.
    func close() {
        stop()
        do {
            try state.leaveCleanly()
        } catch {
            logger.warning("cannot record the clean unmount in the state directory", metadata: ["error": "\(error)"])
        }
    }

    /// The same where nothing was mounted: a state directory that an earlier mount left in disorder stays marked so.
    func closeUnused() {
        stop()
        if !state.wasLeftUnclean { try? state.leaveCleanly() }
        freshDirectory?.remove()
    }

    private func stop() {
        Blocking.run { [engine, transport] in
            await engine.shutdown()
            await transport.shutdown()
        }
    }
}
