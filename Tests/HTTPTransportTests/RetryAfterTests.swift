import Foundation
import HTTPTransport
import NIOHTTP1
import Testing

@Suite struct RetryAfterTests {
    private let now = Date(timeIntervalSince1970: 784_111_777)  // Sun, 06 Nov 1994 08:49:37 GMT

    @Test(arguments: [
        ("0", 0), ("120", 120), (" 7 ", 7), ("Sun, 06 Nov 1994 08:50:37 GMT", 60), ("Sunday, 06-Nov-94 08:50:37 GMT", 60),
        ("Sun Nov  6 08:50:37 1994", 60), ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
    ])
    func isADurationFromNow(text: String, seconds: Int) {
        #expect(RetryAfter.parse(["retry-after": text], now: now) == .seconds(seconds))
    }

    @Test(arguments: ["", "soon", "-5", "1.5", "99999999999999999999"])
    func whatSaysNothingIsIgnored(text: String) {
        #expect(RetryAfter.parse(["Retry-After": text], now: now) == nil)
    }

    @Test func isOptional() {
        #expect(RetryAfter.parse([:], now: now) == nil)
    }
}
