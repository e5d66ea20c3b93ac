import Foundation
import Testing

@testable import UploadTestServer

@Suite struct FaultScriptTests {
    private let unavailable = FaultAction(status: 503)

    @Test func skipsThenStrikesSoManyTimes() {
        let script = FaultScript()
        script.set([Fault(.part, skip: 1, times: 2, action: unavailable)])
        #expect((0..<5).map { _ in script.next(.part, key: "a").status } == [nil, 503, 503, nil, nil])
    }

    @Test func kindAndKeyMustMatch() {
        let script = FaultScript()
        script.set([Fault(.part, key: "a", times: nil, action: unavailable)])
        #expect(script.next(.probe, key: "a").status == nil)
        #expect(script.next(.part, key: "b").status == nil)
        #expect(script.next(.part, key: nil).status == nil)
        #expect(script.next(.part, key: "a").status == 503)
        script.clear()
        #expect(script.next(.part, key: "a").status == nil)
    }

    @Test func onlyTheFirstMatchStrikes() {
        let script = FaultScript()
        script.set([Fault(.part, action: FaultAction(status: 500)), Fault(nil, action: unavailable)])
        #expect((0..<3).map { _ in script.next(.part, key: "a").status } == [500, 503, nil])
    }

    @Test func jsonForms() throws {
        let json = #"[{"kind":"part","key":null,"times":null,"action":{"retry_after":2,"status":503}},{"action":{"lose_answer":true}}]"#
        let faults = try JSONDecoder().decode([Fault].self, from: Data(json.utf8))
        #expect(
            faults == [
                Fault(.part, times: nil, action: FaultAction(status: 503, retryAfter: 2)), Fault(nil, action: FaultAction(loseResponse: true)),
            ])
    }

    @Test(arguments: [#"{"kind":"part"}"#, #"{"kind":"prat","action":{}}"#, #"{"action":{"statsu":1}}"#, #"{"kind":"part","acton":{}}"#])
    func misspeltFaultsAreRefused(_ json: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Fault.self, from: Data(json.utf8)) }
    }
}
