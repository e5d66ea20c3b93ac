import UploadCore

/// Ids for files that are to be made, fetched by the thousand, so that a small file costs one request. Unused ones cost nothing.
actor DriveIDs {
    /// The most that one request may ask for (drive.v3, files.generateIds).
    static let batch = 1000

    private let client: DriveClient
    private var ready: [String] = []
    private var fetching: Task<[String], any Error>?

    init(client: DriveClient) {
        self.client = client
    }

    func next() async throws(UploadError) -> String {
        while true {
            if let id = ready.popLast() { return id }
            // Those who come while a batch is on its way share it.
            let isFirst = fetching == nil
            let task = fetching ?? Task { [client] in try await client.generateIDs(Self.batch) }
            fetching = task
            let result = await task.result
            guard isFirst else { continue }
            fetching = nil
            ready += try result.mapError(UploadError.init(caught:)).get()
            guard !ready.isEmpty else { throw UploadError(.invalidAnswer, "the server generated no ids") }
        }
    }
}

extension UploadError {
    /// What a task threw that can throw nothing else, but for its being cancelled.
    init(caught error: any Error) {
        self = error as? UploadError ?? UploadError(.cancelled, "the request was cancelled")
    }
}
