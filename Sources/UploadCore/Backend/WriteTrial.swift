/// Makes an empty object and removes it again, also where the response to a request is lost: `check` leaves nothing behind.
package struct WriteTrial: Sendable {
    private let url: String
    private let put: @Sendable () async throws(UploadError) -> RemoteObject
    private let find: @Sendable () async throws(UploadError) -> RemoteObject?
    private let remove: @Sendable (RemoteObject) async throws(UploadError) -> Void
    private let pauses: [Duration]

    /// - Parameters:
    ///   - url: what people read of the object where it could not be removed.
    ///   - find: looks for the object; asked where the response to `put` was lost.
    ///   - pauses: before each look, and before each attempt to remove the object.
    package init(
        url: String, pauses: [Duration] = [.zero, .seconds(1), .seconds(2)],
        put: @escaping @Sendable () async throws(UploadError) -> RemoteObject,
        find: @escaping @Sendable () async throws(UploadError) -> RemoteObject?,
        remove: @escaping @Sendable (RemoteObject) async throws(UploadError) -> Void
    ) {
        self.url = url
        self.pauses = pauses
        self.put = put
        self.find = find
        self.remove = remove
    }

    /// - Throws: what `put` threw, unless the object was found all the same; or why the object could not be removed.
    package func run() async throws(UploadError) {
        let made: RemoteObject
        do throws(UploadError) {
            made = try await put()
        } catch {
            guard error.outcomeUnknown, error.code != .cancelled else { throw error }
            made = try await madeAllTheSame(error)
        }
        try await clear(made)
    }

    /// The object of a request without a response. It may appear a moment after the connection was lost.
    private func madeAllTheSame(_ lost: UploadError) async throws(UploadError) -> RemoteObject {
        var isKnown = false
        for pause in pauses {
            try? await Task.sleep(for: pause)
            do throws(UploadError) {
                if let found = try await find() { return found }
                isKnown = true
            } catch {
                isKnown = false
            }
        }
        if isKnown { throw lost }
        throw UploadError(lost.code, "\(lost.sentence); an empty object may have been left behind: \(url)", retryAfter: lost.retryAfter)
    }

    private func clear(_ made: RemoteObject) async throws(UploadError) {
        var last: UploadError?
        for pause in pauses {
            try? await Task.sleep(for: pause)
            do throws(UploadError) {
                return try await remove(made)
            } catch {
                last = error
                if error.disposition != .transient { break }
            }
        }
        guard let last else { return }
        throw UploadError(last.code, "an empty object was created and must be removed manually: \(url); removing it failed: \(last.sentence)")
    }
}
