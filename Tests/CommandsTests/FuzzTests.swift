import Foundation
import Testing
import UploadCore

@testable import Commands

/// Whatever is typed, configured or received: a result or one sentence, never a crash. Each run draws the same inputs.
struct FuzzTests {
    /// Pieces that options, configuration files and JSON are made of, and such that Swift takes for other characters than they look.
    private static let pieces = [
        ",", "\\", "=", "\"", "'", "[", "]", "{", "}", ".", ":", "/", "#", "\n", "\r\n", "\t", " ", "\0", "\u{301}", "ß", "ﬁ", "٣", "é", "e\u{301}",
        "👩‍👩‍👧", "\u{FEFF}",
        "0", "1", "8", "-1", "+5", "1e309", "1e-5", "nan", "inf", "0x10", "9223372036854775807", "9223372036854775808", "-9223372036854775809",
        "18446744073709551616", "4294967295", "8388607T", "256K", "8m", "T", "1.5", "0777", "9", "true", "false", "null", "1979-05-27T07:32:00Z",
        "\"\"\"",
        "destination", "gs://b", "obs://b", "?", "*",
    ]

    private static func text(_ random: inout SeededGenerator, _ words: [String]) -> String {
        (0..<Int.random(in: 0...12, using: &random)).map { _ in
            let from = Bool.random(using: &random) ? words : pieces
            return from.randomElement(using: &random) ?? ""
        }.joined()
    }

    @Test func optionsAreReadOrRefusedInOneSentence() throws {
        var random = SeededGenerator(seed: 8)
        let options = MountOptionTable.all + DestinationSchemes.all.flatMap(\.options)
        let words = options.flatMap { [$0.name, "\($0.name)=", ",\($0.name)="] } + ["auto", "queue", "stat", "X-A:b"]
        for _ in 0..<1000 {
            let text = Self.text(&random, words)
            let scheme = DestinationSchemes.all.randomElement(using: &random) ?? .googleStorage
            Self.expectSentence { _ = try MountOptionParser.parse([text], of: scheme) }
            let items = OptionList.split(text)
            #expect(items.allSatisfy { !$0.name.isEmpty || $0.value != nil })
        }
        // Each option with each piece, alone and twice, so that none is left to chance.
        for scheme in DestinationSchemes.all {
            for option in (scheme.prefix == "gs://" ? MountOptionTable.all : []) + scheme.options {
                for piece in Self.pieces {
                    for value in [piece, "8" + piece] {
                        Self.expectSentence {
                            let settings = try MountOptionParser.parse(["\(option.name)=\(value)"], of: scheme)
                            let environment = ["BOX_DEVELOPER_TOKEN": "t"]
                            _ = try scheme.destination(
                                DestinationRequest(url: "\(scheme.names[0])://bucket/upload/x", settings: settings, environment: environment))
                        }
                    }
                }
            }
        }
    }

    @Test func destinationsAreReadOrRefusedInOneSentence() throws {
        var random = SeededGenerator(seed: 11)
        let words = [
            "gs://", "gdrive://", "box://", "obs://", "google+http://", "bucket", "0", "root", "/upload", "@", "%2F", "%", "?", "&", "[::1]",
        ]
        for _ in 0..<600 {
            let url = Self.text(&random, words)
            Self.expectSentence {
                let scheme = try DestinationSchemes.scheme(of: url)
                _ = try scheme.destination(DestinationRequest(url: url, settings: MountSettings(), environment: [:]))
            }
        }
    }

    @Test func configurationFilesAreReadOrRefusedInOneSentence() throws {
        var random = SeededGenerator(seed: 9)
        let words =
            MountOptionTable.all.map { "\n\($0.name) = " } + [
                "\n[destination.\"gs://b\"]\n", "[[", "]]", "\n[", "]\n", "= ", "\nuid = 1\n", "\"text\"", "[1, 2]", "{a = 1}",
            ]
        for _ in 0..<600 {
            let text = Self.text(&random, words)
            Self.expectSentence {
                let file = try ConfigurationFile(path: "f", text: text)
                try ConfigurationCheck(file: file).run(isOpenToOthers: true)
                for scheme in DestinationSchemes.all {
                    var settings = MountSettings()
                    try SettingsLayer(file: "f", entries: file.general, isGeneral: true).apply(to: &settings, of: scheme)
                }
                _ = file.section(for: "gs://b/c")
            }
        }
        let deep = String(repeating: "[", count: 20_000)
        Self.expectSentence { _ = try ConfigurationFile(path: "f", text: "a = \(deep)") }
        Self.expectSentence { _ = try ConfigurationFile(path: "f", text: "[\(String(repeating: "a.", count: 2_000))b]") }
    }

    /// What a mount, of this version or another, says about its uploads.
    @Test func reportsOfAMountAreShownOrRefused() throws {
        var random = SeededGenerator(seed: 10)
        let numbers = [
            "0", "-1", "1", "99", "100", "101", "9223372036854775807", "-9223372036854775808", "1e300", "-1e300", "1.5", "null", "\"x\"", "[]",
        ]
        let texts = ["\"uploaded\"", "\"uploading\"", "\"failed\"", "\"\"", "\"\\u0000\\u001b[2J\"", "\"\\u0301\"", "\"\\ud800\"", "null", "7"]
        let names = [
            "percent", "bytes_total", "bytes_confirmed", "rate", "eta", "attempts", "priority", "files_total", "files_uploaded", "files_pending",
            "files_failed",
        ]
        var shown = 0
        for _ in 0..<1000 {
            var fields = ["\"state\": \(texts[Int.random(in: 0..<3, using: &random)])"]
            for name in names where Int.random(in: 0..<20, using: &random) > 0 {
                let likely = Int.random(in: 0..<10, using: &random) > 0 ? Array(numbers[..<8]) : numbers
                fields.append("\"\(name)\": \(likely.randomElement(using: &random) ?? "0")")
            }
            for name in ["path", "error", "destination", "etag"] { fields.append("\"\(name)\": \(texts.randomElement(using: &random) ?? "0")") }
            let json = Data("{\(fields.joined(separator: ", "))}".utf8)
            var reports: [PathReport] = []
            if let file = try? JSONDecoder().decode(FileReport.self, from: json) { reports.append(.file(file)) }
            if var tree = try? JSONDecoder().decode(TreeReport.self, from: json) {
                tree.unfinished = (try? JSONDecoder().decode(FileReport.self, from: json)).map { [$0] }
                reports.append(.tree(tree))
            }
            shown += reports.count
            _ = StatusTable.lines(reports)
            var log = ProgressLog()
            _ = log.lines(reports)
            let (width, height) = (Int.random(in: 0...120, using: &random), Int.random(in: 0...5, using: &random))
            #expect(ProgressBars.lines(reports, width: width, height: height).count <= height)
            _ = reports.map { ($0.isPending, $0.hasFailed) }
            _ = try JSONEncoder().encode(reports)
        }
        #expect(shown > 150, "most of them can be read")
    }

    @Test func theTableOfMountsAndReadinessAreReadWhateverTheyHold() throws {
        var random = SeededGenerator(seed: 12)
        let words = [
            "36 35 98:0 / /mnt rw - fuse.uploadfs gs://b rw\n", " - ", "fuse.uploadfs", "\\040", "\\777", "\\9", "/mnt", "64 ", "ready", "-1 x",
        ]
        for _ in 0..<600 {
            let text = Self.text(&random, words)
            let table = MountTable(mountinfo: text)
            _ = (table.ours, table.entry(containing: "/mnt/a"), ReadySignal.decode(text), text.printable, DefaultStateDirectory.escaped(text))
            _ = try? TimeLimit.parse(text, option: "--timeout")
            _ = DisplayWidth.fitted(text, to: Int.random(in: 0...10, using: &random))
        }
    }

    /// Errors are one line, and no fault of the program.
    private static func expectSentence(_ body: () throws -> Void, sourceLocation: SourceLocation = #_sourceLocation) {
        do {
            try body()
        } catch let failure as CommandFailure {
            #expect(failure.status != .software, "\(failure.sentence)", sourceLocation: sourceLocation)
            #expect(!failure.sentence.isEmpty && !failure.sentence.contains("\n"), "\(failure.sentence)", sourceLocation: sourceLocation)
        } catch {
            Issue.record("\(error)", sourceLocation: sourceLocation)
        }
    }
}

/// SplitMix64: the same numbers for the same seed.
private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
