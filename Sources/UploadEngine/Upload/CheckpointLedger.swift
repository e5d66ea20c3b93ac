import Checkpoints
import UploadCore
import Uploading

/// The ledger of a spool file's upload: its row in the database.
struct CheckpointLedger: UploadLedger {
    let store: CheckpointStore
    let file: FileID
    let generation: Int64
    let key: ObjectKey

    func reserved(_ reservation: String?) throws -> Bool {
        try store.update(file, generation: generation) { $0.reservation = reservation }
    }

    func willCommit(checksum: String, reservation: String?) throws -> Bool {
        try store.willCommit(under: key, checksum: checksum, reservation: reservation, for: file, generation: generation)
    }

    func beginning(_ begin: SessionBegin) throws {
        try store.beginning(begin)
    }

    func beginFailed(_ begin: SessionBegin, mayExist: Bool) throws {
        try store.beginFailed(begin, mayExist: mayExist, now: Milliseconds.now())
    }

    func opened(_ session: UploadSession, by begin: SessionBegin?, knowledge: RemoteKnowledge) throws -> Bool {
        try store.opened(session, by: begin, key: key, for: file, generation: generation, knowledge: knowledge)
    }

    func confirmed(_ bytes: Int64, digest: CRC32C?) throws {
        try store.confirmed(bytes, crc: digest ?? CRC32C(), for: file, generation: generation)
    }

    func received(_ receipt: PartReceipt, confirmed: Int64) throws {
        try store.received(receipt, confirmed: confirmed, for: file, generation: generation)
    }

    func abandoned(_ session: UploadSession) throws {
        try store.abandoned(session, of: file, generation: generation)
    }
}
