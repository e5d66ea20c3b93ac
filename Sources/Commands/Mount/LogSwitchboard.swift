import NIOConcurrencyHelpers

/// Where log lines go: to standard error, until a log file takes over.
final class LogSwitchboard: Sendable {
    private let file = NIOLockedValueBox<LogFile?>(nil)

    func use(_ file: LogFile) {
        self.file.withLockedValue { $0 = file }
    }

    func write(_ line: String) {
        if let file = file.withLockedValue({ $0 }) {
            file.append(line)
        } else {
            Output.errorText(line)
        }
    }
}
