import Glibc
import UploadCore

/// Reports the state of the service to systemd (sd_notify(3)): one datagram to the socket that `NOTIFY_SOCKET` names. Does nothing
/// elsewhere. A mount works without it, so errors are not reported.
struct ServiceNotifier: Sendable {
    private let address: String

    /// Nil where no notification was asked for.
    init?(environment: [String: String]) {
        guard let address = environment["NOTIFY_SOCKET"], address.hasBytes(prefix: "/") || address.hasBytes(prefix: "@") else { return nil }
        self.address = address
    }

    func ready() {
        // The process that systemd started may be the parent, which ends now.
        send("READY=1\nMAINPID=\(getpid())")
    }

    func stopping() {
        send("STOPPING=1")
    }

    private func send(_ message: String) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0, var target = socketAddress() else { return }
        defer { close(descriptor) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + address.utf8.count)
        let bytes = Array(message.utf8)
        withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, length)
            }
        }
    }

    private func socketAddress() -> sockaddr_un? {
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        var path = Array(address.utf8)
        guard path.count < MemoryLayout.size(ofValue: target.sun_path) else { return nil }
        // An address in the abstract namespace begins with a zero byte.
        if path[0] == UInt8(ascii: "@") { path[0] = 0 }
        withUnsafeMutableBytes(of: &target.sun_path) { $0.copyBytes(from: path) }
        return target
    }
}
