import struct Foundation.Date
import NIOConcurrencyHelpers
import UploadCore

/// The ledger of an upload whose owner keeps the checkpoint: reports each new state before the upload continues.
final class CheckpointKeeper: UploadLedger {
    private let state: NIOLockedValueBox<UploadCheckpoint>
    private let keep: @Sendable (UploadCheckpoint) throws -> Void

    init(_ checkpoint: UploadCheckpoint, keep: @escaping @Sendable (UploadCheckpoint) throws -> Void) {
        state = NIOLockedValueBox(checkpoint)
        self.keep = keep
    }

    var checkpoint: UploadCheckpoint { state.withLockedValue { $0 } }

    func reserved(_ reservation: String?) throws -> Bool {
        try change { $0.reservation = reservation }
    }

    func willCommit(checksum: String, reservation: String?) throws -> Bool {
        try change { checkpoint in
            checkpoint.reservation = reservation
            // Until there is a clear response: the process may end before it comes.
            checkpoint.responseMissing = true
        }
    }

    func beginning(_ begin: SessionBegin) throws {
        _ = try change { $0.begins.append(begin) }
    }

    func beginFailed(_ begin: SessionBegin, mayExist: Bool) throws {
        _ = try change { checkpoint in
            checkpoint.begins.removeAll { $0 == begin }
            if mayExist { checkpoint.begins.append(SessionBegin(key: begin.key, from: begin.from, until: Date())) }
        }
    }

    /// Nothing is left of what it may have opened.
    func settled(_ begin: SessionBegin) throws {
        _ = try change { $0.begins.removeAll { $0 == begin } }
    }

    func opened(_ session: UploadSession, by begin: SessionBegin?, knowledge: RemoteKnowledge) throws -> Bool {
        try change { checkpoint in
            checkpoint.begins.removeAll { $0 == begin }
            checkpoint.forgetSession()
            checkpoint.session = session
            checkpoint.knowledge = knowledge
        }
    }

    func confirmed(_ bytes: Int64, digest: CRC32C?) throws {
        _ = try change { checkpoint in
            checkpoint.confirmed = bytes
            checkpoint.confirmedDigest = digest ?? CRC32C()
        }
    }

    func received(_ receipt: PartReceipt, confirmed: Int64) throws {
        _ = try change { checkpoint in
            checkpoint.receipts.removeAll { $0.number == receipt.number }
            checkpoint.receipts.append(receipt)
            checkpoint.confirmed = confirmed
        }
    }

    func abandoned(_ session: UploadSession) throws {
        _ = try change { checkpoint in
            checkpoint.forgetSession()
            checkpoint.abandoned.append(session)
        }
    }

    /// The service dropped it.
    func aborted(_ session: UploadSession) throws {
        _ = try change { $0.abandoned.removeAll { $0 == session } }
    }

    /// The object is there; nothing is left to be taken up again.
    func finished() throws {
        _ = try change { checkpoint in
            checkpoint.forgetSession()
            checkpoint.responseMissing = false
        }
    }

    /// An attempt ended in this state.
    func ended(_ lifecycle: UploadLifecycle, responseMissing: Bool) throws {
        _ = try change { checkpoint in
            checkpoint.knowledge = lifecycle.knowledge
            checkpoint.responseMissing = responseMissing
            if lifecycle.session == nil { checkpoint.forgetSession() }
        }
    }

    private func change(_ change: (inout UploadCheckpoint) -> Void) throws -> Bool {
        let checkpoint = state.withLockedValue { checkpoint in
            change(&checkpoint)
            return checkpoint
        }
        try keep(checkpoint)
        return true
    }
}
