import UploadCore

/// `uploadfs status` without `--json` and `--watch`: one line for each file, and one for the sum of a directory.
enum StatusTable {
    private static let heading = ["STATE", "DONE", "CONFIRMED", "SIZE", "RATE", "LEFT", "NAME"]
    /// Numbers stand at the right of their columns.
    private static let isNumber = [false, true, true, true, true, true, false]

    static func lines(_ reports: [PathReport]) -> [String] {
        var rows = [heading]
        /// Sentences that follow a row.
        var notes: [Int: String] = [:]
        func add(_ row: [String], error: String?) {
            rows.append(row)
            if let error { notes[rows.count - 1] = error.printable }
        }
        for report in reports {
            switch report {
            case .file(let file):
                add(row(file), error: file.error)
            case .tree(let tree):
                for file in tree.unfinished ?? [] { add(row(file), error: file.error) }
                add(row(tree), error: nil)
            }
        }
        let widths = heading.indices.map { column in rows.map { DisplayWidth.of($0[column]) }.max() ?? 0 }
        return rows.enumerated().flatMap { index, row in
            [line(row, widths)] + (notes[index].map { ["    \($0)"] } ?? [])
        }
    }

    private static func row(_ file: FileReport) -> [String] {
        [
            file.state.rawValue, "\(file.percent)%", ByteSize.format(file.bytesConfirmed), ByteSize.format(file.bytesTotal),
            Quantities.rate(file.rate ?? 0), Quantities.timeLeft(file.state == .uploaded ? nil : file.eta),
            (file.path ?? "").printable,
        ]
    }

    private static func row(_ tree: TreeReport) -> [String] {
        [
            tree.state.rawValue, "\(tree.percent)%", ByteSize.format(tree.bytesConfirmed), ByteSize.format(tree.bytesTotal),
            Quantities.rate(tree.rate ?? 0), Quantities.timeLeft(tree.filesPending == 0 ? nil : tree.eta),
            "\((tree.path ?? "").printable)  (\(summary(tree)))",
        ]
    }

    static func summary(_ tree: TreeReport) -> String {
        var text = "\(tree.filesUploaded) of \(Quantities.files(tree.filesTotal)) uploaded"
        if tree.filesFailed > 0 { text += ", \(tree.filesFailed) failed" }
        return text
    }

    private static func line(_ row: [String], _ widths: [Int]) -> String {
        let cells = row.indices.map { column in
            let space = String(repeating: " ", count: widths[column] - DisplayWidth.of(row[column]))
            if column == row.count - 1 { return row[column] }
            return isNumber[column] ? space + row[column] : row[column] + space
        }
        return cells.joined(separator: "  ")
    }
}
