import Checkpoints
import UploadCore
import Uploading

/// The ledger of a spool file's upload: its row in the database.
struct CheckpointLedger: UploadLedger {
    let store: CheckpointStore
    let file: FileID
    let generation: Int64
    let key: ObjectKey

    func reserved(_ reservation: String?) async throws -> Bool {
        try await take(.reserved(reservation, key: key))
    }

    func willCommit(checksum: String, reservation: String?) async throws -> Bool {
        try await take(.willCommit(key: key, checksum: checksum, reservation: reservation))
    }

    func beginning(_ begin: SessionBegin) async throws {
        try await store.run { try $0.beginning(begin, now: EngineClock.now()) }
    }

    func beginFailed(_ begin: SessionBegin, mayExist: Bool) async throws {
        try await store.run { try $0.beginFailed(begin, mayExist: mayExist, now: EngineClock.now()) }
    }

    func opened(_ session: UploadSession, by begin: SessionBegin?, knowledge: RemoteKnowledge) async throws -> Bool {
        try await take(.opened(session, key: key, knowledge: knowledge), openedBy: begin)
    }

    func confirmed(_ bytes: Int64, digest: CRC32C?) async throws {
        _ = try await take(.confirmed(bytes, crc: digest?.value ?? 0))
    }

    func received(_ receipt: PartReceipt, confirmed: Int64) async throws {
        try await store.run { [file, generation] in try $0.received(receipt, confirmed: confirmed, for: file, generation: generation) }
    }

    func abandoned(_ session: UploadSession) async throws {
        _ = try await take(.abandoned(session))
    }

    private func take(_ step: FileUpload.Step, openedBy begin: SessionBegin? = nil) async throws -> Bool {
        try await store.run { [file, generation] in
            try $0.take(step, openedBy: begin, for: file, generation: generation, now: EngineClock.now())
        }
    }
}

/// The ledger of copies at the service: remote tasks that are due when a copy fails, or when the process ends before it does.
struct CopyLedger: SessionLedger {
    let store: CheckpointStore

    func beginning(_ begin: SessionBegin) async throws(UploadError) {
        try await record { try $0.beginning(begin, now: EngineClock.now()) }
    }

    func beginFailed(_ begin: SessionBegin, mayExist: Bool) async throws(UploadError) {
        try await record { try $0.beginFailed(begin, mayExist: mayExist, now: EngineClock.now()) }
    }

    func opened(_ session: UploadSession, by begin: SessionBegin) async throws(UploadError) {
        try await record { try $0.copyOpened(session, by: begin, now: EngineClock.now()) }
    }

    func ended(_ session: UploadSession, isGone: Bool) async throws(UploadError) {
        try await record { try $0.copyEnded(session, isGone: isGone, now: EngineClock.now()) }
    }

    /// Without its record nothing is begun: the upload is retried when the disk accepts records again.
    private func record(_ change: @escaping @Sendable (CheckpointStore) throws -> Void) async throws(UploadError) {
        do {
            try await store.run(change)
        } catch {
            throw UploadError(storing: error)
        }
    }
}

extension UploadError {
    /// What has to be stored before an upload continues could not be.
    init(storing error: any Error) {
        self.init(
            .localDisk, "the checkpoint database cannot be written (\(error)); uploads resume when the disk of the state directory is writable again")
    }
}
