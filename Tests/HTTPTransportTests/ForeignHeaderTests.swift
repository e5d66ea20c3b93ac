import Foundation
import NIOHTTP1
import Testing
import UploadCore

@testable import HTTPTransport

/// Dates, durations and ports that a server could send, and must not end the program.
@Suite struct ForeignHeaderTests {
    @Test(arguments: [
        "https://h:65536/", "https://h:99999/x", "http://h:0/", "http://h:-1/", "https://h:99999999999999999999/", "http://h:x/", "http://h:+80/",
    ])
    func aPortOutOfBoundsIsNoURL(_ url: String) async throws {
        #expect(RequestURL(url) == nil)
        try await withTransport { transport in
            let error = await #expect(throws: UploadError.self) { try await transport.send(HTTPRequest(.GET, url)) }
            #expect(error?.code == .invalidResponse && error?.sentence == "the server returned an invalid URL")
        }
    }

    @Test(arguments: [("https://h/", 443), ("http://h", 80), ("http://h:/", 80), ("http://[::1]:65535/", 65_535)])
    func otherPortsAreTaken(_ url: String, _ port: Int) {
        #expect(RequestURL(url)?.port == port)
    }

    @Test(arguments: ["http://p:65536", "http://p:0", "http://p:99999999999999999999", "socks5://p:-1"])
    func aProxysPortHasBoundsToo(_ url: String) {
        #expect(throws: TransportConfigurationError.self) { try ProxyRules(environment: ["http_proxy": url]) }
    }

    @Test(arguments: [
        "Sun, 06 Nov 300000 08:49:37 GMT", "Sun, 06 Nov 0000 08:49:37 GMT", "Sun, 06 Nov 1969 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 1994", "Sun, 6e1 Nov 1994 08:49:37 GMT", "Sun, -6 Nov 99999999999999999999 08:49:37 GMT",
        "Sun, 06 Now 1994 08:49:37 GMT", "", "GMT", ",:- ", "٠٦",
    ])
    func aDateOutOfBoundsIsNone(_ text: String) {
        #expect(HTTPDate.parse(text) == nil)
        #expect(RetryAfter.parse(["Retry-After": text]) == nil)
    }

    @Test func theLastSecondOfFourDigitsIsADate() throws {
        let last = try #require(HTTPDate.parse("Fri, 31 Dec 9999 23:59:59 GMT"))
        #expect(HTTPDate.text(last) == "Fri, 31 Dec 9999 23:59:59 GMT")
        #expect(RetryAfter.parse(["Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"]) == .seconds(365 * 86_400))
        #expect(HTTPDate.parse("Wed, 01 Jan 2262 00:00:00 GMT") != nil)
    }

    @Test(arguments: [-1e300, -1, 253_402_300_800, 1e12, 1e18, 1e300, .infinity, -.infinity])
    func anyDateCanBeWritten(_ seconds: Double) {
        #expect(HTTPDate.parse(HTTPDate.text(Date(timeIntervalSince1970: seconds))) != nil)
    }

    @Test(arguments: [
        "300000-01-01T00:00:00Z", "+300000-01-01T00:00:00Z", "-001-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "1969-12-31T23:59:59Z",
        "99999999999999999999-01-01T00:00:00Z", "2026-99-99T99:99:99Z", "2026-01-01", "", "T", "2026-01-01T00:00:00+99:99:99:99",
        "2026-01-01T00:00:00.99999999999999999999999999999999Z",
    ])
    func aTimeOutOfBoundsIsNone(_ text: String) {
        #expect(RFC3339.parse(text) == nil)
    }

    @Test(arguments: ["2026-08-01T01:00:00Z", "2026-08-01T01:00:00.000000Z", "2026-08-01T03:00:00+02:00", "2300-01-01T00:00:00Z"])
    func otherTimesAreRead(_ text: String) {
        #expect(RFC3339.parse(text) != nil)
    }
}
