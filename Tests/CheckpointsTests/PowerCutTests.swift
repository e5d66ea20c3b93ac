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
            .contentWillChange(file, path: SpoolPath("a")), .contentClosed(file, path: SpoolPath("a"), content: content, urgent: false),
        ]
        try store.apply(events.map { FileEvent(time: 1, change: $0) }, upTo: .start)
    }

    @Test func theObjectOfARenamedFileFollowsIt() throws {
        let claimed = try #require(try store.claim(limit: 1, now: .max).first)
        let object = RemoteObject(id: "id", version: "v1", etag: "e", size: 100, digest: CRC32C().digest)
        try store.committed(object, key: ObjectKey("a"), for: file, generation: claimed.generation, now: 2) { ObjectKey($0.description) }
        #expect(try store.reconcile(file, path: SpoolPath("b"), content: content, now: 3))
        let record = try #require(try store.record(of: file))
        #expect(record.path == SpoolPath("b"))
        #expect(record.state == .settling)
        #expect(record.remoteKey == ObjectKey("a"))
        #expect(record.remoteIsCurrent, "the content need not be sent again")
    }

    @Test func aFragmentStaysHeldUnderItsNewName() throws {
        try store.apply([FileEvent(time: 2, change: .contentWillChange(file, path: SpoolPath("a")))], upTo: .start)
        try store.recover(now: 3)
        try store.reconcile(file, path: SpoolPath("b"), content: Fingerprint(size: 7, modified: 7), now: 3)
        let record = try #require(try store.record(of: file))
        #expect(record.path == SpoolPath("b"))
        #expect(record.state == .held)
    }
}
