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
