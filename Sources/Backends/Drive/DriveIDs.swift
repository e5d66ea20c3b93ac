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
            // Those who come while a batch is on its way share it and its failure; whoever resumes first takes it in.
            let task = fetching ?? Task { [client] in try await client.generateIDs(Self.batch) }
            fetching = task
            let result = await task.result.mapError(UploadError.init(caught:))
            let isFirst = fetching == task
            if isFirst { fetching = nil }
            let ids = try result.get()
            if isFirst { ready += ids }
            guard !ids.isEmpty else { throw UploadError(.invalidResponse, "malformed response: Drive generated no ids") }
        }
    }
}

extension UploadError {
    /// What a task threw that can throw nothing else, but for its being cancelled.
    init(caught error: any Error) {
        self = error as? UploadError ?? UploadError(.cancelled, "the request was cancelled")
    }
}
