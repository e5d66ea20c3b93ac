/// What is needed to resume an upload: its state after the last response of the server.
///
/// It can be encoded, and kept wherever secrets may be: the session's handle is one.
public struct UploadCheckpoint: Sendable, Equatable, Codable {
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
    /// Whether an attempt ended without the response to a request that may have committed.
    public var responseMissing: Bool
    /// Sessions that are of no use any more, and that have not been aborted yet.
    public var abandoned: [UploadSession] = []
    /// Requests that may have opened a session of which no one knows.
    public var begins: [SessionBegin] = []

    /// The encoded names stay, so that a stored checkpoint can be read.
    private enum CodingKeys: String, CodingKey {
        case session, confirmed, confirmedDigest, receipts, reservation, knowledge, abandoned, begins
        case responseMissing = "answerMissing"
    }

    public init(
        session: UploadSession? = nil, confirmed: Int64 = 0, confirmedDigest: CRC32C = CRC32C(), receipts: [PartReceipt] = [],
        reservation: String? = nil, knowledge: RemoteKnowledge = .unknown, responseMissing: Bool = false
    ) {
        self.session = session
        self.confirmed = confirmed
        self.confirmedDigest = confirmedDigest
        self.receipts = receipts
        self.reservation = reservation
        self.knowledge = knowledge
        self.responseMissing = responseMissing
    }

    /// What the service has of an unfinished upload does not count any more.
    public mutating func forgetSession() {
        session = nil
        confirmed = 0
        confirmedDigest = CRC32C()
        receipts = []
    }
}
