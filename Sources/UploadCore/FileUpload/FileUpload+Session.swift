/// What an attempt stores while it runs. Each of these precedes the request that relies on it.
extension FileUpload {
    /// A step of a running attempt.
    public enum Step: Sendable, Equatable {
        /// An identity was chosen for the object before anything can make it, or, where it is nil, the former one was used up.
        case reserved(String?, key: ObjectKey)
        /// A request that may make the object, with this checksum, is about to leave.
        case willCommit(key: ObjectKey, checksum: String, reservation: String?)
        /// A session was opened. Its first byte leaves after this.
        case opened(UploadSession, key: ObjectKey, knowledge: RemoteKnowledge)
        /// The server has the first so many bytes; `crc` is their CRC-32C.
        case confirmed(Int64, crc: UInt32)
        /// The session is of no use any more.
        case abandoned(UploadSession)
    }

    /// - Returns: nil where the step is about a content or a session that the upload no longer has; nothing changed then.
    public mutating func take(_ step: Step, generation claimed: Int64) -> [UploadEffect]? {
        guard claimed == generation else { return nil }
        switch step {
        case .reserved(let reservation, let key):
            if unfinished == nil { unfinished = UnfinishedUpload(key: key) }
            unfinished?.reservation = reservation
            return []
        case .willCommit(let key, let checksum, let reservation):
            var effects: [UploadEffect] = []
            if let former = unfinished, former.key != key, former.key != object?.key, let pending = former.pendingCommit {
                // The file was renamed while its object was on the way to another key.
                effects.append(.removeUnconfirmed(former.key, checksum: pending, reservation: former.reservation))
            }
            var next = unfinished ?? UnfinishedUpload(key: key)
            next.key = key
            next.pendingCommit = checksum
            next.reservation = reservation ?? next.reservation
            unfinished = next
            return effects
        case .opened(let session, let key, let knowledge):
            let former = unfinished?.session
            unfinished = UnfinishedUpload(key: key, reservation: unfinished?.reservation, session: session)
            known = KnownKey(key, knowledge)
            return former.map { $0 == session ? [] : [.abort($0)] } ?? []
        case .confirmed(let bytes, let crc):
            guard unfinished?.session != nil else { return nil }
            if bytes > (unfinished?.confirmed ?? 0) { failures = 0 }
            unfinished?.confirmed = bytes
            unfinished?.confirmedCRC = crc
            return []
        case .abandoned(let session):
            guard unfinished?.session == session else { return nil }
            forgetSession()
            return [.abort(session)]
        }
    }
}

extension FileUpload.Step {
    /// What becomes of a step that the upload did not take: a session that was opened for a former content belongs to no one.
    public var effectsIfRefused: [UploadEffect] {
        if case .opened(let session, _, _) = self { [.abort(session)] } else { [] }
    }
}
