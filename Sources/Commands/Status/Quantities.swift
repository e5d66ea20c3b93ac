import UploadCore

/// Rates and times as tables and progress bars show them.
enum Quantities {
    /// Empty while nothing is sent.
    static func rate(_ bytesPerSecond: Double) -> String {
        guard bytesPerSecond >= 1, bytesPerSecond < 1e18 else { return "" }
        return ByteSize.format(Int64(bytesPerSecond)) + "/s"
    }

    /// `0:07`, `12:34`, `1:02:03`, `3 d 04 h`; empty while unknown.
    static func timeLeft(_ seconds: Int?) -> String {
        guard let seconds, seconds >= 0 else { return "" }
        let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400)
        if days > 0 { return "\(days) d \(twoDigits(hours % 24)) h" }
        if hours > 0 { return "\(hours):\(twoDigits(minutes % 60)):\(twoDigits(seconds % 60))" }
        return "\(minutes):\(twoDigits(seconds % 60))"
    }

    private static func twoDigits(_ number: Int) -> String {
        "\(number)".count < 2 ? "0\(number)" : "\(number)"
    }

    static func files(_ count: Int) -> String {
        count == 1 ? "1 file" : "\(count) files"
    }
}
