import Testing

@testable import UploadEngine

@Suite struct WakeupTests {
    /// A timer that is up before the wait has begun must end it all the same; on a busy machine that is common.
    @Test(.timeLimit(.minutes(1))) func noTimeoutIsLost() async {
        let wakeup = Wakeup()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<2000 { group.addTask { await wakeup.wait(after: wakeup.version, atMost: .nanoseconds(1)) } }
        }
    }

    @Test(.timeLimit(.minutes(1))) func aSignalBeforeTheWaitIsNotMissed() async {
        let wakeup = Wakeup()
        let version = wakeup.version
        wakeup.signal()
        await wakeup.wait(after: version)
    }
}

@Suite struct EngineClockTests {
    /// What the wall clock shows later has no part in it.
    @Test func timeGoesOnByTheSteadyClock() {
        let clock = EngineClock(wall: 1_000_000, steady: 500)
        #expect(clock.time(steady: 500) == 1_000_000)
        #expect(clock.time(steady: 700) == 1_000_200)
    }

    @Test(arguments: [Int64.min, -1, 0, .max]) func noClockTraps(value: Int64) {
        for steady in [Int64.min, 0, .max] { _ = EngineClock(wall: value, steady: steady).time(steady: value) }
    }
}
