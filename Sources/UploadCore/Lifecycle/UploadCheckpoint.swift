/// What has to be known to go on with an upload: as it stood after the last answer of the server.
///
/// It holds the session's handle, which is a secret.
public struct UploadCheckpoint: Sendable, Equatable {
    public var session: UploadSession?
    /// Bytes of the session that the server confirmed.
    public var confirmed: Int64
    /// The digest of the confirmed bytes, where the destination asks for CRC-32C.
    public var confirmedDigest: CRC32C
    /// The numbered parts that the server acknowledged.
    public var receipts: [PartReceipt]
    /// What `UploadBackend.reserve` chose.
    public var reservation: String?
    public var knowledge: RemoteKnowledge
    /// Whether an attempt ended without the answer to a request that may have committed.
    public var answerMissing: Bool

    public init(
        session: UploadSession? = nil, confirmed: Int64 = 0, confirmedDigest: CRC32C = CRC32C(), receipts: [PartReceipt] = [],
        reservation: String? = nil, knowledge: RemoteKnowledge = .unknown, answerMissing: Bool = false
    ) {
        self.session = session
        self.confirmed = confirmed
        self.confirmedDigest = confirmedDigest
        self.receipts = receipts
        self.reservation = reservation
        self.knowledge = knowledge
        self.answerMissing = answerMissing
    }
}
