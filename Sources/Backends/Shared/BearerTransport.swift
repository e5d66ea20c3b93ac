import Credentials
import HTTPTransport
import NIOHTTP1
import UploadCore

/// Sends requests with the destination's access token, and sees to a token that the server refuses.
struct BearerTransport: Sendable {
    let transport: any HTTPTransport
    let tokens: any TokenSource
    /// Where the token may go.
    let hosts: ServiceHosts

    /// Returns any response but 401 as it is.
    ///
    /// After a 401 a new token is used, once: the same request again where its body can be repeated, else a transient
    /// error, since the engine makes a new body after a probe.
    /// - Throws: `unauthenticated` where no other token is to be had, or the new one is refused too.
    func send(_ request: HTTPRequest) async throws(UploadError) -> HTTPResponse {
        let token = try await tokens.token()
        let response = try await send(request, token)
        guard response.status == .unauthorized, let token, await tokens.invalidate(token) else { return try accepted(response, token) }
        let renewed = try await tokens.token()
        guard request.canBeReplayed else {
            throw UploadError(.serverBusy, "the access token expired; a new one has been obtained")
        }
        return try accepted(try await send(request, renewed), renewed)
    }

    private func send(_ request: HTTPRequest, _ token: String?) async throws(UploadError) -> HTTPResponse {
        // Only sessions bring URLs of their own, which were checked when they were opened.
        guard hosts.include(request.url) else {
            throw UploadError(.sessionGone, "the stored upload session has an invalid URL or is on another host; the upload starts again")
        }
        guard let token else { return try await transport.send(request) }
        var authorized = request
        authorized.headers.replaceOrAdd(name: "Authorization", value: "Bearer \(token)")
        if let project = tokens.quotaProject { authorized.headers.replaceOrAdd(name: "x-goog-user-project", value: project) }
        return try await transport.send(authorized)
    }

    private func accepted(_ response: HTTPResponse, _ token: String?) throws(UploadError) -> HTTPResponse {
        guard response.status == .unauthorized else { return response }
        throw UploadError(
            .unauthenticated,
            token == nil
                ? "the server requires credentials; give a credential file with the option credentials=FILE"
                : tokens.refusal ?? "the server refused the access token")
    }
}
