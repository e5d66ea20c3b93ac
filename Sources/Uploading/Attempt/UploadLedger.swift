import UploadCore

/// Where an attempt records what the next one needs, before it continues.
///
/// Where a method returns a Bool, false means that the upload is not wanted any more: the attempt ends.
package protocol UploadLedger: Sendable {
    /// An identity was chosen for the object, and a session is about to be opened under it; or, where it is nil, the object that had
    /// it was removed, and the next one needs another.
    func reserved(_ reservation: String?) async throws -> Bool
    /// The next request may make the object, with this checksum.
    func willCommit(checksum: String, reservation: String?) async throws -> Bool
    /// A request that opens a session is about to leave; called where the service can list its sessions.
    func beginning(_ begin: SessionBegin) async throws
    /// It failed. `mayExist`: the service may have opened the session all the same, and is to be asked.
    func beginFailed(_ begin: SessionBegin, mayExist: Bool) async throws
    /// A session is open. From here on a restart resumes it.
    /// - Parameter begin: the request that opened it, where that was reported.
    func opened(_ session: UploadSession, by begin: SessionBegin?, knowledge: RemoteKnowledge) async throws -> Bool
    /// The server has so many bytes; `digest` is that of them, where it can be stored.
    func confirmed(_ bytes: Int64, digest: CRC32C?) async throws
    /// The server has a numbered part, and with it so many bytes in all.
    func received(_ receipt: PartReceipt, confirmed: Int64) async throws
    /// The session is of no use any more: it is to be aborted until the service says that it is gone.
    func abandoned(_ session: UploadSession) async throws
}
