import Foundation
import LinuxIO
import Testing

@Suite struct ReadWriteLockTests {
    @Test func theExclusiveSideIsAlone() async {
        let counter = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 { counter.increment() }
                }
            }
        }
        #expect(counter.value == 8000)
    }
}

// @unchecked: `count` is guarded by the lock under test.
private final class Counter: @unchecked Sendable {
    private let lock = ReadWriteLock()
    private var count = 0

    func increment() {
        lock.exclusive { count += 1 }
    }

    var value: Int { lock.shared { count } }
}
