import UploadCore

/// `status --watch` where the output is no terminal: one line for each change that a reader of a log cares about.
struct ProgressLog {
    private var last: [String: String] = [:]

    /// The lines that are new since the last call.
    mutating func lines(_ reports: [PathReport]) -> [String] {
        reports.flatMap(Self.entries).compactMap { name, text in
            guard last.updateValue(text, forKey: name) != text else { return nil }
            return "\(name): \(text)"
        }
    }

    private static func entries(_ report: PathReport) -> [(name: String, text: String)] {
        switch report {
        case .file(let file):
            return [(name(file), text(file))]
        case .tree(let tree):
            let total = "\(tree.state.rawValue), \(tree.percent)% of \(ByteSize.format(tree.bytesTotal)), \(StatusTable.summary(tree))"
            return (tree.unfinished ?? []).map { (name($0), text($0)) } + [("total " + (tree.path ?? "").printable, total)]
        }
    }

    private static func name(_ file: FileReport) -> String {
        (file.path ?? "").printable
    }

    /// Steps of ten percent: a log is not to grow with the time that an upload takes.
    private static func text(_ file: FileReport) -> String {
        let progress = "\(file.state.rawValue), \(file.percent / 10 * 10)% of \(ByteSize.format(file.bytesTotal))"
        return file.error.map { "\(progress): \($0.printable)" } ?? progress
    }
}
