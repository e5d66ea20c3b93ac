import Testing

@testable import FuseBridge

@Suite struct ReaderWatchTests {
    private var watch = ReaderWatch()
    private let max = 10

    @Test mutating func aThreadIsCalledWhenNobodyHasComeBackBetweenTwoLooks() {
        #expect(watch.look(readers: 0, returns: 7, max: max) == .wait)
        #expect(watch.look(readers: 0, returns: 7, max: max) == .call)
        // The one that was called blocks, too.
        #expect(watch.look(readers: 0, returns: 7, max: max) == .call)
    }

    @Test mutating func nobodyIsCalledWhileThreadsComeBack() {
        for returns in 1...4 { #expect(watch.look(readers: 0, returns: UInt64(returns), max: max) == .wait) }
    }

    @Test mutating func aLookAtAReaderForgetsTheLooksBefore() {
        #expect(watch.look(readers: 0, returns: 7, max: max) == .wait)
        #expect(watch.look(readers: 1, returns: 7, max: max) == .wait)
        #expect(watch.look(readers: 0, returns: 7, max: max) == .wait)
    }

    @Test mutating func moreAreWantedWhileAllAreMostlyAtWork() {
        var returns: UInt64 = 0
        var calls = 0
        for _ in 0..<1000 {
            returns += 1
            if watch.look(readers: 0, returns: returns, max: max) == .call { calls += 1 }
        }
        #expect(calls == max - ReaderWatch.readersMin)
        #expect(watch.wanted == max)
    }

    @Test mutating func noMoreAreWantedWhileOneIsMostlyFree() {
        for look in 0..<1000 {
            _ = watch.look(readers: look % 5 == 0 ? 0 : 1, returns: UInt64(look), max: max)
            #expect(watch.wanted == ReaderWatch.readersMin)
        }
    }

    @Test mutating func itRestsWhenThereIsLittleToDoAndBeginsAnew() {
        var returns: UInt64 = 0
        while watch.wanted == ReaderWatch.readersMin {
            returns += 1
            _ = watch.look(readers: 0, returns: returns, max: max)
        }
        var looks = 0
        while watch.look(readers: 2, returns: returns, max: max) != .rest {
            looks += 1
            guard looks < 1000 else { break }
        }
        #expect(looks < 1000)
        #expect(watch.wanted == ReaderWatch.readersMin)
        #expect(watch.look(readers: 0, returns: returns, max: max) == .wait)
    }
}
