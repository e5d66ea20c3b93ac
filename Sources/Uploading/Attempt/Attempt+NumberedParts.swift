import UploadCore

/// Sessions whose parts have numbers: what the server has of them, and sending the others side by side.
extension Attempt {
    // MARK: What the server has

    /// Of the parts that the server lists, those that are this content's. What the ledger knows by the same token is; another
    /// part, whose acknowledgement was lost, is if its digest says so.
    func adopted(_ response: SessionProgress, _ session: UploadSession) async throws -> SessionProgress {
        guard case .parts(let listed) = response, case .numbered(let rules) = backend.capabilities.parts, session.partSize != nil else {
            return response
        }
        let plan = try session.plan(of: description.size ?? 0, countMax: rules.countMax)
        var adopted: [PartReceipt] = []
        for receipt in listed {
            if try await isOurs(receipt, plan) {
                adopted.append(receipt)
            } else if !rules.areReplaceable {
                throw UploadError(.digestMismatch, "the service holds a part that is not this file's; the upload starts again")
            }
        }
        for receipt in adopted where stored[receipt.number]?.token != receipt.token {
            try await ledger.received(receipt, confirmed: adopted.totalLength)
        }
        return .parts(adopted)
    }

    private func isOurs(_ receipt: PartReceipt, _ plan: NumberedPartPlan) async throws -> Bool {
        guard plan.covers(receipt) else { return false }
        if stored[receipt.number]?.token == receipt.token { return true }
        guard let remote = receipt.digest else { return false }
        var local = RunningDigest(remote.algorithm)
        try await reader.forEachChunk(of: receipt.offset..<(receipt.offset + receipt.length)) { local.update($0) }
        return local.digest == remote
    }

    // MARK: Sending

    /// Sends `parts` in order, as many side by side as are allowed. After a failure no other part is begun, and those on their
    /// way are finished, so that what they carry is not lost.
    mutating func sendAll(_ parts: [Part], _ session: UploadSession) async throws -> UploadLifecycle.Action {
        digestBesideSending(parts)
        let width = min(parallelParts, parallelMax)
        var received: [PartReceipt] = []
        var failure: (any Error)?
        await withTaskGroup(of: Result<PartReceipt, any Error>.self) { group in
            var running = 0
            for part in parts.prefix(batchMax) {
                do {
                    // Hashed while others are on their way.
                    let digest = try await prepare(part)
                    while failure == nil, running >= width, let result = await group.next() {
                        running -= 1
                        failure = await note(result, &received)
                    }
                    try ticket.throwIfStopped()
                    if failure != nil { break }
                    group.addTask { [self] in await result(of: part, session, digest) }
                    running += 1
                } catch {
                    failure = error
                    break
                }
            }
            for await result in group { failure = await note(result, &received) ?? failure }
        }
        if let failure { throw failure }
        return lifecycle.progressed(.parts(received))
    }

    private var parallelMax: Int {
        if case .numbered(let rules) = backend.capabilities.parts { rules.parallelMax } else { 1 }
    }

    private func note(_ result: Result<PartReceipt, any Error>, _ received: inout [PartReceipt]) async -> (any Error)? {
        do {
            let receipt = try result.get()
            received.append(receipt)
            let confirmed = lifecycle.confirmed + received.totalLength
            try await ledger.received(receipt, confirmed: confirmed)
            ticket.confirm(confirmed)
            await betweenParts()
            return nil
        } catch {
            return error
        }
    }

    private func result(of part: Part, _ session: UploadSession, _ digest: ContentDigest?) async -> Result<PartReceipt, any Error> {
        do {
            let body = PartReader(part, reading: reader, digestBefore: nil).body
            let response = try await backend.send(part, of: description, in: session, body: body, digest: digest)
            guard case .parts(let receipts) = response, let receipt = receipts.first, receipt.number == part.number else {
                throw UploadError(.invalidResponse, "malformed response: no receipt for the part that was sent")
            }
            guard receipt.length == part.length, receipt.digest == nil || digest == nil || receipt.digest == digest else {
                throw UploadError(.serverFault, "a part was corrupted in transit; it is sent again")
            }
            return .success(receipt)
        } catch {
            return .failure(error)
        }
    }

    // MARK: Digests

    /// The digest that goes with the part. The object's own grows in the same pass, as long as it has not missed a part.
    mutating func prepare(_ part: Part) async throws -> ContentDigest? {
        guard let algorithm = backend.capabilities.bodyDigest else { return nil }
        var partDigest = RunningDigest(algorithm)
        var whole = digest
        let follows = wholeDigestTask == nil && whole.length == part.offset
        try await reader.forEachChunk(of: part.offset..<part.end) { bytes in
            partDigest.update(bytes)
            if follows { whole.append(bytes) }
        }
        if follows { digest = whole }
        return partDigest.digest
    }

    /// Where the server has parts already, the object's digest is worked out beside the sending of the others: a protocol that
    /// wants it at the commit should not have to wait for it then.
    private mutating func digestBesideSending(_ parts: [Part]) {
        guard wholeDigestTask == nil, let first = parts.first, digest.length < first.offset || parts.count < first.number else { return }
        let isGapless = digest.length == first.offset && zip(parts, parts.dropFirst()).allSatisfy { $0.end == $1.offset }
        guard !isGapless, let size = description.size else { return }
        wholeDigestTask = Task { [digest, reader] in try await digest.reaching(size, reading: reader) }
    }
}
