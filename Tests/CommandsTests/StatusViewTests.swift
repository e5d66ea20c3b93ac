import Testing
import UploadCore

@testable import Commands

struct StatusViewTests {
    private static let film = FileReport(
        path: "film.mp4", state: .uploading, percent: 42, bytesTotal: 210 << 20, bytesConfirmed: 88 << 20, rate: 12 * 1_048_576, eta: 11)
    private static let stuck = FileReport(
        path: "a\u{1B}[2J", state: .waiting, percent: 0, bytesTotal: 5, bytesConfirmed: 0, rate: 0, error: "the server is busy")
    private static let tree = TreeReport(
        path: "/mnt", state: .waiting, percent: 42, bytesTotal: (210 << 20) + 5, bytesConfirmed: 88 << 20, rate: 12 * 1_048_576, eta: 11,
        filesTotal: 3, filesUploaded: 1, filesPending: 2, filesFailed: 0, unfinished: [film, stuck])

    @Test func theTableAlignsItsColumnsAndShowsErrors() {
        #expect(
            StatusTable.lines([.tree(Self.tree)]) == [
                "STATE      DONE  CONFIRMED       SIZE        RATE  LEFT  NAME",
                "uploading   42%   88.0 MiB  210.0 MiB  12.0 MiB/s  0:11  film.mp4",
                "waiting      0%        0 B        5 B                    a?[2J",
                "    the server is busy",
                "waiting     42%   88.0 MiB  210.0 MiB  12.0 MiB/s  0:11  /mnt  (1 of 3 files uploaded)",
            ])
    }

    @Test(arguments: [20, 40, 80, 200])
    func progressBarsFitTheTerminal(width: Int) {
        let lines = ProgressBars.lines([.tree(Self.tree)], width: width, height: 10)
        #expect(lines.count == 3)
        #expect(lines.allSatisfy { DisplayWidth.of($0) <= width })
    }

    @Test func progressBarsShowNameBarPercentAndSpeed() {
        let line = ProgressBars.lines([.file(Self.film)], width: 80, height: 5)[0]
        #expect(line == "film.mp4                 [##########--------------]  42% 12.0 MiB/s, 0:11 left")
    }

    @Test func whatDoesNotFitIsCounted() {
        var tree = Self.tree
        tree.unfinished = Array(repeating: Self.film, count: 20)
        let lines = ProgressBars.lines([.tree(tree)], width: 80, height: 6)
        #expect(lines.count == 6)
        #expect(lines[4] == "  … and 16 more")
        #expect(lines[5].hasPrefix("total /mnt"))
    }

    @Test func aPictureIsDrawnOverTheOneBefore() {
        var picture = PictureInPlace()
        #expect(picture.draw(["a", "b"]) == "a\u{1B}[K\nb\u{1B}[K\n\u{1B}[J")
        #expect(picture.draw(["c"]) == "\u{1B}[2A\rc\u{1B}[K\n\u{1B}[J")
    }

    @Test func logsNameChangesOnly() {
        var log = ProgressLog()
        #expect(log.lines([.file(Self.film)]) == ["film.mp4: uploading, 40% of 210.0 MiB"])
        var later = Self.film
        later.percent = 49
        #expect(log.lines([.file(later)]).isEmpty)
        later.percent = 50
        #expect(log.lines([.file(later)]) == ["film.mp4: uploading, 50% of 210.0 MiB"])
    }

    @Test func wideCharactersTakeTwoColumns() {
        #expect(DisplayWidth.of("abc") == 3)
        #expect(DisplayWidth.of("日本") == 4)
        #expect(DisplayWidth.of("e\u{301}") == 1)
        #expect(DisplayWidth.fitted("a-very-long-name.mp4", to: 11) == "a-ver…e.mp4")
        #expect(DisplayWidth.of(DisplayWidth.fitted("日本日本日本", to: 7)) <= 7)
    }

    @Test(arguments: [(7, "0:07"), (754, "12:34"), (3723, "1:02:03"), (273_600, "3 d 04 h")])
    func timesAreReadable(seconds: Int, text: String) {
        #expect(Quantities.timeLeft(seconds) == text)
    }

    @Test func onlyWorkThatGoesOnByItselfIsPending() {
        #expect(PathReport.tree(Self.tree).isPending)
        for state in UploadState.allCases {
            var file = Self.film
            file.state = state
            #expect(PathReport.file(file).isPending == state.isPending)
        }
    }
}
