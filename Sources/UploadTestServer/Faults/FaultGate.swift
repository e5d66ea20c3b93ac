import HTTPTypes
import Hummingbird

/// What every request passes: it is counted, and a fault may delay it, answer in its place or swallow its response.
struct FaultGate: Sendable {
    let counters: Counters
    let faults: FaultScript

    /// Runs `perform` unless a fault answers in its place.
    /// - Parameters:
    ///   - refusal: the service's own form of an error, from status and reason.
    ///   - perform: gets the fault, for the effects that only it can have.
    func pass(
        _ kind: RequestKind, _ name: ObjectName?, _ exchange: Exchange, refusal: (Int, String?) -> Response,
        perform: (FaultAction) async throws -> Response
    ) async throws -> Response {
        counters.requestArrived(kind, name)
        defer { counters.requestEnded() }
        let fault = faults.next(kind, key: name?.key)
        if let delay = fault.delayMilliseconds { try await Task.sleep(for: .milliseconds(delay)) }
        if let answer = fault.answer(refusal) { return answer }
        if !kind.hasContent {
            if fault.resetAfterBytes != nil { try await exchange.reset() }
            if fault.stallAfterBytes != nil { try await exchange.stall() }
        }
        let response = try await perform(fault)
        if fault.loseResponse == true { try await exchange.close() }
        return response
    }
}

extension FaultAction {
    /// The response that replaces the request's own, if there is one. The body is left to be drained.
    fileprivate func answer(_ refusal: (Int, String?) -> Response) -> Response? {
        if garbage == true { return .text("<html><body>It works!</body></html>\n", status: 200, type: "text/html") }
        guard let status else { return nil }
        var response = body.map { .text($0, status: status) } ?? refusal(status, reason)
        if let retryAfter { response.headers[.retryAfter] = String(retryAfter) }
        return response
    }
}
