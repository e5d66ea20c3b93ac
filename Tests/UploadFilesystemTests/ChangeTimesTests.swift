import Foundation
import LinuxIO
import Testing

@testable import UploadFilesystem

/// What a look at a file does on kernels whose file systems count times by the beats of a coarse clock.
@Suite struct ChangeTimesTests {
    @Test func afterALookEveryChangeHasAnotherTime() {
        for _ in 0..<5 {
            let before = SystemTime.ofChanges()
            ChangeTimes.coarse.pass(FileStatus(inode: 1, mode: 0, user: 0, group: 0, time: before))
            #expect(nanoseconds(SystemTime.ofChanges()) > nanoseconds(before))
        }
    }

    @Test func aTimeInTheFutureIsNotWaitedFor() {
        let future = timespec(tv_sec: SystemTime.now().tv_sec + 86400, tv_nsec: 0)
        ChangeTimes.coarse.pass(FileStatus(inode: 1, mode: 0, user: 0, group: 0, time: future))
        #expect(nanoseconds(SystemTime.ofChanges()) < nanoseconds(future))
    }

    private func nanoseconds(_ time: timespec) -> Int {
        time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
