/// Seconds as commands take them.
enum TimeLimit {
    /// About a year: longer than anyone waits, and short enough for every clock.
    private static let secondsMax = 31_536_000.0

    static func parse(_ text: String, option: String) throws(CommandFailure) -> Duration {
        do {
            return try OptionValue.seconds(text, max: secondsMax)
        } catch {
            throw CommandFailure(.usage, "\(option) \(error.text)")
        }
    }
}
