import UploadCore

/// The picture that `status --watch` draws again and again on a terminal.
enum ProgressBars {
    /// At most `height` lines, none wider than `width` columns, so that the picture can be drawn over itself.
    static func lines(_ reports: [PathReport], width: Int, height: Int) -> [String] {
        var files: [Row] = []
        var sums: [Row] = []
        for report in reports {
            switch report {
            case .file(let file):
                files.append(Row(file))
            case .tree(let tree):
                files += (tree.unfinished ?? []).map(Row.init)
                sums.append(Row(tree))
            }
        }
        let room = max(0, height - sums.count)
        let isCut = files.count > room
        let shown = files.prefix(isCut ? max(0, room - 1) : room).map { $0.line(width: width) }
        let rest = isCut && room > 0 ? [DisplayWidth.fitted("  … and \(files.count - shown.count) more", to: width)] : []
        return Array((shown + rest + sums.map { $0.line(width: width) }).prefix(height))
    }

    private struct Row {
        let name: String
        let fraction: Double
        let percent: Int
        let detail: String

        init(_ file: FileReport) {
            name = (file.path ?? "").printable
            percent = file.percent
            fraction = ProgressBars.fraction(file.bytesConfirmed, file.bytesTotal, isDone: file.state == .uploaded)
            detail =
                file.state == .uploading
                ? ProgressBars.speed(file.rate ?? 0, file.eta)
                : file.error.map { "\(file.state.rawValue): \($0.printable)" } ?? file.state.rawValue
        }

        init(_ tree: TreeReport) {
            name = "total " + (tree.path ?? "").printable
            percent = tree.percent
            fraction = ProgressBars.fraction(tree.bytesConfirmed, tree.bytesTotal, isDone: tree.percent == 100)
            let speed = ProgressBars.speed(tree.rate ?? 0, tree.filesPending == 0 ? nil : tree.eta)
            let files = "\(tree.filesUploaded)/\(tree.filesTotal) files" + (tree.filesFailed > 0 ? ", \(tree.filesFailed) failed" : "")
            detail = files + (speed.isEmpty ? "" : ", " + speed)
        }

        /// Name, bar, percent, detail. A narrow terminal loses the detail first.
        func line(width: Int) -> String {
            let nameWidth = max(8, width * 3 / 10)
            let barWidth = max(4, width * 3 / 10)
            let fittedName = DisplayWidth.fitted(name, to: nameWidth)
            let space = String(repeating: " ", count: nameWidth - DisplayWidth.of(fittedName))
            let bar = ProgressBars.bar(fraction, width: barWidth)
            let start = "\(fittedName)\(space) [\(bar)] \("\(percent)%".leftPadded(to: 4)) "
            let left = width - DisplayWidth.of(start)
            return left >= 0 ? start + DisplayWidth.fitted(detail, to: left) : DisplayWidth.fitted(start, to: width)
        }
    }

    static func bar(_ fraction: Double, width: Int) -> String {
        let full = Int((min(max(fraction, 0), 1) * Double(width)).rounded(.down))
        return String(repeating: "#", count: full) + String(repeating: "-", count: width - full)
    }

    private static func fraction(_ confirmed: Int64, _ total: Int64, isDone: Bool) -> Double {
        if isDone { return 1 }
        return total > 0 ? Double(confirmed) / Double(total) : 0
    }

    private static func speed(_ rate: Double, _ eta: Int?) -> String {
        let parts = [Quantities.rate(rate), Quantities.timeLeft(eta).isEmpty ? "" : Quantities.timeLeft(eta) + " left"]
        return parts.filter { !$0.isEmpty }.joined(separator: ", ")
    }
}
