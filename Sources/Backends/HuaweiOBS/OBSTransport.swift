import Credentials
import Foundation
import HTTPTransport
import NIOConcurrencyHelpers
import NIOHTTP1
import UploadCore

/// Signs requests and sends them, and sees to keys and clocks that the server refuses.
struct OBSTransport: Sendable {
    let destination: OBSDestination
    private let transport: any HTTPTransport
    private let keys: any TokenSource
    private let clock: ServerClock

    init(destination: OBSDestination, transport: any HTTPTransport, keys: any TokenSource, now: @escaping @Sendable () -> Date) {
        self.destination = destination
        self.transport = transport
        self.keys = keys
        clock = ServerClock(now: now)
    }

    /// Returns any response that is not about the signature as it is.
    ///
    /// A request whose date or temporary key the server refuses is sent once more, with its date or with a new key, where its
    /// body can be repeated. Else it ends in a transient error: the engine retries with a new body.
    func send(_ request: OBSRequest) async throws(UploadError) -> HTTPResponse {
        let key = try await key()
        let response = try await transport.send(signed(request, key))
        guard response.status == .forbidden else { return response }
        let code = ObjectXMLRefusal(response).code
        // The response to HEAD has no body that could say why.
        if code == "RequestTimeTooSkewed" || code == nil, clock.adjust(to: response) {
            return try await repeated(
                request, key, why: "the clock of this machine differs from the service's; the request is repeated with the service's time")
        }
        if code == "InvalidAccessKeyId" || (code == nil && key.sessionToken != nil), await keys.invalidate(key.token) {
            return try await repeated(request, try await self.key(), why: "the access key expired; a new one has been obtained")
        }
        return response
    }

    private func repeated(_ request: OBSRequest, _ key: AccessKey, why: String) async throws(UploadError) -> HTTPResponse {
        guard request.canBeReplayed else { throw UploadError(.serverBusy, why) }
        return try await transport.send(signed(request, key))
    }

    private func key() async throws(UploadError) -> AccessKey {
        guard let key = try await keys.token().flatMap(AccessKey.init(token:)) else {
            throw UploadError(.unauthenticated, "OBS requires an access key")
        }
        return key
    }

    private func signed(_ request: OBSRequest, _ key: AccessKey) -> HTTPRequest {
        OBSSignature.sign(request, at: destination, with: key, date: clock.date)
    }
}

/// The time at the service, as far as it is known. The service refuses requests that are dated 15 minutes off.
private final class ServerClock: Sendable {
    private static let toleranceSeconds = 15.0 * 60
    private let now: @Sendable () -> Date
    private let offsetSeconds = NIOLockedValueBox(0.0)

    init(now: @escaping @Sendable () -> Date) {
        self.now = now
    }

    /// For the header `Date`.
    var date: String { HTTPDate.text(now().addingTimeInterval(offsetSeconds.withLockedValue { $0 })) }

    /// Takes over the time of a response.
    /// - Returns: false where the time is the one already known.
    func adjust(to response: HTTPResponse) -> Bool {
        guard let date = response.headers.first(name: "Date").flatMap(HTTPDate.parse) else { return false }
        let offset = date.timeIntervalSince(now())
        return offsetSeconds.withLockedValue { known in
            guard abs(offset - known) > Self.toleranceSeconds / 2 else { return false }
            known = offset
            return true
        }
    }
}
