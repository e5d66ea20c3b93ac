import CLinux
import Logging
import NIOConcurrencyHelpers

/// Where the messages of libfuse go. libfuse has one log for all sessions of the process.
final class FuseLog: Sendable {
    static let shared = FuseLog()

    private let state = NIOLockedValueBox(State())

    private struct State {
        var logger: Logger?
        /// Collects messages while a mount is tried, so that its error can be reported in libfuse's words.
        var collected: [String]?
    }

    /// libfuse repeats itself little; more than this says nothing new.
    private static let collectedMax = 20

    private init() {
        clinux_fuse_set_log_handler { level, message in
            guard let message else { return }
            FuseLog.shared.receive(String(cString: message), level: level)
        }
    }

    func use(_ logger: Logger) {
        state.withLockedValue { $0.logger = logger }
    }

    /// Runs `body`, and returns what libfuse said meanwhile instead of logging it.
    func collecting(_ body: () -> Void) -> [String] {
        state.withLockedValue { $0.collected = [] }
        body()
        return state.withLockedValue { state in
            defer { state.collected = nil }
            return state.collected ?? []
        }
    }

    private func receive(_ message: String, level: Int32) {
        let logger = state.withLockedValue { state -> Logger? in
            guard let count = state.collected?.count else { return state.logger }
            if count < Self.collectedMax { state.collected?.append(message) }
            return nil
        }
        logger?.log(level: Self.level(ofPriority: level), "libfuse reports", metadata: ["message": "\(message)"])
    }

    private static func level(ofPriority priority: Int32) -> Logger.Level {
        switch priority {
        case ...3: .error
        case 4: .warning
        case 5, 6: .info
        default: .debug
        }
    }
}
