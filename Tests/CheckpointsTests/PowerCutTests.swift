import Checkpoints
import Testing
import UploadCore

/// What the scan of the spool makes of names of which a power cut has taken the word.
@Suite struct PowerCutTests {
    let directory: TemporaryDirectory
    let store: CheckpointStore
    let file = FileID(inode: 10)
    let content = Fingerprint(size: 100, modified: 5)

    init() throws {
        directory = try TemporaryDirectory()
        store = try CheckpointStoreTests.open(directory)
        let events: [FileEvent.Change] = [
            .contentWillChange(file, path: SpoolPath("a"), unseen: false),
            .contentClosed(file, path: SpoolPath("a"), content: content, urgent: false),
        ]
        _ = try store.apply(events.map { JournalEntry(event: FileEvent(time: 1, change: $0), end: .start) }, from: .start, now: 1)
    }

    @Test func theObjectOfARenamedFileFollowsIt() throws {
        let claimed = try #require(try store.claim(now: .max)).upload
        let object = RemoteObject(id: "id", version: "v1", etag: "e", size: 100, digest: CRC32C().digest)
        try store.ended(.committed(object, key: ObjectKey("a"), isFromResponse: true), for: file, generation: claimed.generation, now: 2) {
            ObjectKey($0.description)
        }
        #expect(try store.reconcile(file, path: SpoolPath("b"), content: content, now: 3))
        let record = try #require(try store.upload(of: file))
        #expect(record.path == SpoolPath("b"))
        #expect(record.state == .settling)
        #expect(record.object?.key == ObjectKey("a"))
        #expect(record.objectIsCurrent, "the content need not be sent again")
    }

    @Test func aFragmentStaysHeldUnderItsNewName() throws {
        _ = try store.apply(
            [JournalEntry(event: FileEvent(time: 2, change: .contentWillChange(file, path: SpoolPath("a"), unseen: false)), end: .start)],
            from: .start, now: 2)
        try store.restart(now: 3)
        try store.reconcile(file, path: SpoolPath("b"), content: Fingerprint(size: 7, modified: 7), now: 3)
        let record = try #require(try store.upload(of: file))
        #expect(record.path == SpoolPath("b"))
        #expect(record.state == .held)
    }
}
