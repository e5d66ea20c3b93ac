import FuseBridge
import Glibc
import HTTPTransport
import LinuxIO
import Logging
import UploadEngine

/// Runs a mount from the lock on its state directory to the last checkpoint.
struct MountRunner {
    enum Place: Sendable {
        case foreground
        case background
    }

    let request: MountRequest
    let place: Place

    /// Returns when the mount has ended cleanly.
    /// - Parameter ready: called once the mount can be used.
    /// - Throws: why it could not start, in which case nothing of it is left, or what ended it.
    func run(ready: () -> Void) throws(CommandFailure) {
        let signals = StopSignals()
        DescriptorLimit.raise()
        ProcessMemory.keepSecret()
        AsyncHTTPTransport.makeEventLoops()
        let notifier = ServiceNotifier(environment: request.environment)
        let parts = try MountParts.open(request, place)
        let session = try mount(parts)
        try choosePassthrough(session, parts)
        parts.note(mountpoint: request.mountpoint)
        try watch(signals, session, parts, notifier)
        parts.engine.start(openFiles: parts.filesystem)
        parts.logger.info("mounted", metadata: ["source": "\(request.destination.url)", "mountpoint": "\(request.mountpoint)"])
        ready()
        notifier?.ready()
        try serve(session, parts, notifier)
    }

    private func mount(_ parts: MountParts) throws(CommandFailure) -> FuseSession {
        do {
            return try FuseSession(
                filesystem: parts.filesystem, mountpoint: request.mountpoint, options: request.mountOptions, logger: parts.logger)
        } catch {
            parts.closeUnused()
            throw CommandFailure(error)
        }
    }

    private func choosePassthrough(_ session: FuseSession, _ parts: MountParts) throws(CommandFailure) {
        if request.settings.passthrough == .off { return }
        do {
            try parts.filesystem.use(session.passthrough)
            parts.logger.info("the kernel reads and writes spool files directly")
        } catch {
            guard request.settings.passthrough == .on else {
                return parts.logger.info("reads and writes go through the mount process", metadata: ["reason": "\(error)"])
            }
            giveUp(parts)
            throw CommandFailure(.unavailable, "passthrough=on is not possible: \(error)")
        }
    }

    /// Undoes a mount that no one has used.
    private func giveUp(_ parts: MountParts) {
        try? Unmounting.unmount(request.mountpoint, lazily: true)
        parts.closeUnused()
    }

    private func watch(
        _ signals: StopSignals, _ session: FuseSession, _ parts: MountParts, _ notifier: ServiceNotifier?
    ) throws(CommandFailure) {
        do {
            try signals.watch { signal in
                parts.logger.info("received a signal; unmounting", metadata: ["signal": "\(signal)"])
                notifier?.stopping()
                session.stop()
            }
        } catch {
            giveUp(parts)
            throw error
        }
    }

    private func serve(_ session: FuseSession, _ parts: MountParts, _ notifier: ServiceNotifier?) throws(CommandFailure) {
        var failure: Errno?
        do {
            try session.run()
        } catch {
            parts.logger.error("cannot read the kernel's requests any longer", metadata: ["error": "\(error)"])
            failure = error
        }
        notifier?.stopping()
        parts.filesystem.end()
        parts.close()
        parts.logger.info("unmounted", metadata: ["mountpoint": "\(request.mountpoint)"])
        if let failure { throw .system("the mount at \(request.mountpoint) ended", failure) }
    }
}
