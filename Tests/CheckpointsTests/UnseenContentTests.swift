import Checkpoints
import Testing
import UploadCore

/// What a start makes of files that could be changed without an event when the process ended.
@Suite struct UnseenContentTests {
    let base: CheckpointStoreTests

    init() throws {
        base = try CheckpointStoreTests()
    }

    /// An uploaded file that was open for writing when the process was killed.
    private func uploadedAndOpen() throws {
        try base.close(base.file, "a")
        try base.upload(base.file, "a")
        try base.tell(.contentMayChange(base.file), at: 4000)
        #expect(try base.store.mayChangeUnseen(base.file))
        #expect(try base.record().state == .uploaded)
    }

    @Test func aFileThatIsAsItWasStaysUploaded() throws {
        try uploadedAndOpen()
        try base.store.recoverUnseen(now: 5000) { _ in .asItWas }
        try base.store.restart(now: 5000)
        #expect(try base.record().state == .uploaded)
        #expect(try !base.store.mayChangeUnseen(base.file))
    }

    @Test(arguments: [CheckpointStore.UnseenContent.changed, .stillOpen])
    func aFileThatHasChangedIsHeld(content: CheckpointStore.UnseenContent) throws {
        try uploadedAndOpen()
        try base.store.recoverUnseen(now: 5000) { _ in content }
        try base.store.restart(now: 5000)
        #expect(try base.record().state == .held)
        #expect(try base.record().objectIsCurrent == false)
        #expect(try base.store.mayChangeUnseen(base.file) == (content == .stillOpen))
    }

    @Test func aFileThatIsStillIsNotLookedAt() throws {
        try base.tell(.contentWillChange(base.file, path: SpoolPath("a"), unseen: true))
        #expect(try base.store.mayChangeUnseen(base.file))
        try base.tell(.contentClosed(base.file, path: SpoolPath("a"), content: base.content, urgent: false), .writersClosed(base.file), at: 1001)
        #expect(try !base.store.mayChangeUnseen(base.file))
        try base.store.recoverUnseen(now: 5000) { _ in
            Issue.record("a file was looked at that nobody could change")
            return .changed
        }
    }

    @Test func aRemovedFileIsForgotten() throws {
        try uploadedAndOpen()
        try base.tell(.removed(base.file, path: SpoolPath("a")), at: 4001)
        #expect(try !base.store.mayChangeUnseen(base.file))
    }
}
