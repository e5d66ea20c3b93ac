import Glibc

/// `status --watch`: shows the progress until nothing is pending any more.
struct StatusWatch {
    /// Often enough to look alive, seldom enough to cost nothing.
    private static let intervalMicroseconds: UInt32 = 500_000

    let read: () throws -> [PathReport]
    let terminal: Terminal?

    /// - Returns: the last reports.
    func run() throws -> [PathReport] {
        var picture = PictureInPlace()
        var log = ProgressLog()
        while true {
            let reports = try read()
            if let terminal {
                let size = terminal.size
                // The last row stays free for the cursor, or the terminal would scroll.
                Output.text(picture.draw(ProgressBars.lines(reports, width: size.columns, height: size.rows - 1)))
            } else {
                for line in log.lines(reports) { Output.line(line) }
            }
            guard reports.contains(where: \.isPending) else { return reports }
            usleep(Self.intervalMicroseconds)
        }
    }
}
