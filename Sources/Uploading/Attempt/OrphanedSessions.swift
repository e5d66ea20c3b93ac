import UploadCore

/// Finds and drops the sessions that requests without a response opened.
///
/// A session is dropped only if the service opened it for exactly the key that the request named and in the request's own time, if
/// nothing has arrived in it, and if no one here knows it.
package struct OrphanedSessions: Sendable {
    private let backend: any UploadBackend

    package init(backend: any UploadBackend) {
        self.backend = backend
    }

    /// - Parameter known: the sessions for the same key that are someone's; nil while a request is under way that may open one.
    /// - Returns: how many were dropped; nil if that could not be decided now.
    package func drop(_ begin: SessionBegin, known: () async throws -> [UploadSession]?) async throws -> Int? {
        guard try await known() != nil else { return nil }
        let found = try await backend.orphanedSessions(begin)
        // Asked again after the service has listed them: what was opened meanwhile has a name by now, or is known to be under way.
        guard let known = try await known() else { return nil }
        let names = Set(known.map(backend.identity))
        let lost = found.filter { !names.contains(backend.identity(of: $0)) }
        for session in lost { try await backend.abort(session) }
        return lost.count
    }
}
