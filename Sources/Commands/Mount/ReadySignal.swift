import Glibc
import UploadCore

/// The pipe through which a mount in the background reports the outcome to the command that started it: `ready`, or an exit status
/// and a sentence.
enum ReadySignal {
    enum Report: Equatable {
        case ready
        case failed(CommandFailure)
    }

    private static let ready = "ready"

    static func encode(_ report: Report) -> String {
        switch report {
        case .ready: ready
        case .failed(let failure): "\(failure.status.rawValue) \(failure.sentence)"
        }
    }

    /// - Parameter text: all that came through the pipe until it was closed; nothing when the process died.
    static func decode(_ text: String) -> Report {
        if text == ready { return .ready }
        let parts = text.pieces(at: " ", maxSplits: 1)
        guard parts.count == 2, let status = Int32(parts[0]).flatMap(ExitStatus.init) else {
            return .failed(CommandFailure(.software, "the mount's process ended before it was ready"))
        }
        return .failed(CommandFailure(status, parts[1]))
    }

    /// Writes the report and closes the pipe. No one may be listening any more; that is no reason to stop the mount.
    static func send(_ report: Report, to descriptor: Int32) {
        let bytes = Array(encode(report).utf8)
        _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
    }

    /// Reads until the other end is closed.
    static func receive(from descriptor: Int32) -> Report {
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            text += buffer.prefix(count)
        }
        close(descriptor)
        return decode(String(decoding: text, as: UTF8.self))
    }
}
