/// Where a backend writes down the sessions that it opens on its own account, such as for a copy that is made of parts.
///
/// Whoever keeps the ledger sees to it that none is left at the service, also after the process was killed: what was opened and has
/// not ended is aborted until the service says that it is gone, and what a request without a response may have opened is looked for.
public protocol SessionLedger: Sendable {
    /// A request that opens a session is about to leave.
    func beginning(_ begin: SessionBegin) async throws(UploadError)
    /// It failed. `mayExist`: the service may have opened the session all the same.
    func beginFailed(_ begin: SessionBegin, mayExist: Bool) async throws(UploadError)
    func opened(_ session: UploadSession, by begin: SessionBegin) async throws(UploadError)
    /// The session is of no use any more. `isGone`: the service does not have it any more, either.
    func ended(_ session: UploadSession, isGone: Bool) async throws(UploadError)
}

/// Forgets everything, for those who move an object once and do not come back.
struct NoSessionLedger: SessionLedger {
    func beginning(_ begin: SessionBegin) {}
    func beginFailed(_ begin: SessionBegin, mayExist: Bool) {}
    func opened(_ session: UploadSession, by begin: SessionBegin) {}
    func ended(_ session: UploadSession, isGone: Bool) {}
}
