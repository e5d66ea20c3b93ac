import Glibc

/// Standard output, where it is a terminal.
struct Terminal {
    /// Nil where the output goes to a file or a pipe, or to a terminal that cannot move its cursor.
    init?(environment: [String: String]) {
        guard isatty(STDOUT_FILENO) == 1, environment["TERM"] ?? "dumb" != "dumb" else { return nil }
    }

    /// As it is now: it changes when its window does.
    var size: (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }
}

/// Draws a picture over the one before.
struct PictureInPlace {
    private var linesBefore = 0

    /// What to write: back to the first line of the old picture, each line and the rest of its old one cleared, then what the
    /// old one had below. The cursor ends below the picture.
    mutating func draw(_ lines: [String]) -> String {
        let escape = "\u{1B}["
        var text = linesBefore > 0 ? "\(escape)\(linesBefore)A\r" : ""
        for line in lines { text += "\(line)\(escape)K\n" }
        text += "\(escape)J"
        linesBefore = lines.count
        return text
    }
}
